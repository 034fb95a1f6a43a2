import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, clone
from sklearn.compose import ColumnTransformer
from sklearn.decomposition import PCA, TruncatedSVD
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler

from skrec.encoders import TransformerEncoder
from skrec.exceptions import InvalidDataError

TITLES = ["the ship", "the sea", "a ship at sea", "land"]


def test_a_transformer_of_frames_gets_a_frame_with_the_columns_name():
    column = pd.Series([1.0, 2.0, 3.0], name="age")
    encoder = TransformerEncoder(StandardScaler()).fit(column)
    assert encoder.transformer_.feature_names_in_.tolist() == ["age"]
    np.testing.assert_allclose(encoder.transform(column)[:, 0], [-np.sqrt(1.5), 0, np.sqrt(1.5)], rtol=1e-5)
    assert encoder.transform(column.iloc[:0]).shape == (0, 1)


def test_a_transformer_of_texts_gets_cells():
    svd = TruncatedSVD(2, random_state=0)
    encoder = TransformerEncoder(make_pipeline(TfidfVectorizer(), svd)).fit(TITLES)
    expected = make_pipeline(TfidfVectorizer(), clone(svd)).fit_transform(TITLES)
    np.testing.assert_allclose(encoder.transform(TITLES), expected, rtol=1e-4, atol=1e-6)
    assert encoder.width_ == 2


def test_the_transformer_handed_in_isnt_fitted():
    scaler = StandardScaler()
    TransformerEncoder(scaler).fit([1.0, 2.0])
    assert not hasattr(scaler, "mean_")


def test_nested_parameters_are_reached():
    encoder = TransformerEncoder(OneHotEncoder()).set_params(transformer__sparse_output=False)
    assert encoder.fit_transform(["a", "b", "a"]).tolist() == [[1, 0], [0, 1], [1, 0]]


def test_pandas_output_and_single_columns_are_vectors_too():
    scaler = StandardScaler().set_output(transform="pandas")
    assert TransformerEncoder(scaler).fit_transform([1.0, 3.0]).tolist() == [[-1.0], [1.0]]
    lengths = FunctionTransformer(lambda column: np.array([len(cell) for cell in column]))
    assert TransformerEncoder(lengths, takes="cells").fit_transform(["a", "bcd"]).tolist() == [[1.0], [3.0]]


def test_the_target_is_passed_on():
    class Target(BaseEstimator):
        def fit(self, X, y):
            self.mean_ = np.mean(y)
            return self

        def transform(self, X):
            return np.full((len(X), 1), self.mean_)

    assert TransformerEncoder(Target()).fit(["a", "b"], [1.0, 3.0]).transform(["a"]).tolist() == [[2.0]]


@pytest.mark.parametrize(
    ("transformer", "message"),
    [
        (TfidfVectorizer(), "TfidfVectorizer gave a sparse matrix, .*TruncatedSVD"),
        (
            FunctionTransformer(lambda X: X.to_numpy()),
            "gave an array of dtype (object|str|<U.*), and an encoder's output must be numbers",
        ),
        (
            FunctionTransformer(lambda X: np.zeros((1, 2))),
            r"gave an array of shape \(1, 2\) for 4 rows. Expected one vector",
        ),
        (FunctionTransformer(lambda X: np.zeros((len(X), 0))), r"gave an array of shape \(4, 0\) for 4 rows"),
        (FunctionTransformer(lambda X: np.zeros((len(X), 2, 2))), r"gave an array of shape \(4, 2, 2\) for 4 rows"),
    ],
    ids=["sparse", "strings", "rows", "empty", "cube"],
)
def test_output_that_isnt_dense_numbers_for_each_row_is_refused(transformer, message):
    with pytest.raises(InvalidDataError, match=message):
        TransformerEncoder(transformer).fit(TITLES)


def test_nan_is_refused_naming_row_and_column():
    column = pd.Series([1.0, np.nan], index=["u", "v"], name="age")
    with pytest.raises(
        InvalidDataError, match="Row 1 .index 'v'. of column 'age' became NaN or infinity in StandardSc"
    ):
        TransformerEncoder(StandardScaler()).fit(column)
    assert np.isfinite(TransformerEncoder(make_pipeline(SimpleImputer(), StandardScaler())).fit_transform(column)).all()


def test_a_missing_cell_that_the_transformer_cant_take_is_named():
    column = pd.Series(["old ship", None, "old sea"], index=["u", "v", "w"], name="title", dtype=object)
    vectorizer = make_pipeline(TfidfVectorizer(), TruncatedSVD(1))
    message = (
        "Row 1 .index 'v'. of column 'title' is missing, and Pipeline raised AttributeError: .*Fill missing cells first"
    )
    with pytest.raises(InvalidDataError, match=message):
        TransformerEncoder(vectorizer).fit(column)
    with pytest.raises(InvalidDataError, match=message):
        TransformerEncoder(vectorizer).fit(column.fillna("old land")).transform(column)


def test_other_errors_of_a_transformer_come_through():
    with pytest.raises(ValueError, match="could not convert string to float: 'a'"):
        TransformerEncoder(StandardScaler()).fit(["a", "b"])


def test_output_that_changes_its_width_is_refused():
    dummies = FunctionTransformer(lambda column: pd.get_dummies(column))
    encoder = TransformerEncoder(dummies).fit(pd.Series(["a", "b", "c"], name="x"))
    with pytest.raises(InvalidDataError, match="FunctionTransformer gave 1 columns, and 3 in fit"):
        encoder.transform(pd.Series(["a"], name="x"))


PRICES = pd.DataFrame({"net": [1.0, 2.0, 3.0], "gross": [2.0, 4.0, 9.0]})


def test_a_transformer_reads_several_columns_together():
    encoder = TransformerEncoder(StandardScaler()).fit(PRICES)
    np.testing.assert_allclose(encoder.transform(PRICES), StandardScaler().fit_transform(PRICES), rtol=1e-5)
    assert encoder.transformer_.feature_names_in_.tolist() == ["net", "gross"]
    assert encoder.transform(PRICES.iloc[:0]).shape == (0, 2)
    kinds = ColumnTransformer([("n", StandardScaler(), ["net"]), ("k", OneHotEncoder(sparse_output=False), ["kind"])])
    mixed = PRICES.assign(kind=["a", "b", "a"])[["net", "kind"]]
    np.testing.assert_allclose(TransformerEncoder(kinds).fit_transform(mixed)[:, 1:], [[1, 0], [0, 1], [1, 0]])


def test_a_missing_cell_of_several_columns_is_named():
    gap = PRICES.assign(gross=[2.0, np.nan, 9.0])
    with pytest.raises(
        InvalidDataError, match=r"Row 1 of columns \['net', 'gross'\] became NaN or infinity in StandardS"
    ):
        TransformerEncoder(StandardScaler()).fit(gap)
    with pytest.raises(InvalidDataError, match="Row 1 of column 'gross' is missing, and PCA raised ValueError: "):
        TransformerEncoder(PCA(1)).fit(gap)
    filled = TransformerEncoder(make_pipeline(SimpleImputer(), StandardScaler())).fit_transform(gap)
    assert filled.shape == (3, 2)


def test_a_transformer_of_cells_refuses_several_columns():
    words = make_pipeline(TfidfVectorizer(), TruncatedSVD(1))
    with pytest.raises(
        InvalidDataError, match=r"Pipeline takes the cells of one column, and got the columns \['net', 'gr"
    ):
        TransformerEncoder(words).fit(PRICES)


def test_what_a_transformer_cannot_learn_from_is_said_with_its_name_and_column():
    with pytest.raises(
        InvalidDataError, match="StandardScaler can't learn from 2 rows of column 'title' .ValueError: "
    ):
        TransformerEncoder(StandardScaler()).fit(pd.Series(["a", "b"], name="title"))


def test_an_output_beyond_float32_is_refused_without_a_warning():
    with pytest.raises(InvalidDataError, match="Row 1 of column 'gross' became NaN or infinity"):
        TransformerEncoder(FunctionTransformer()).fit(pd.Series([1.0, 1e300], name="gross"))
