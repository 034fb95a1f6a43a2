"""Text, read by a convolutional or recurrent network, or as a bag of words."""

from collections import Counter
from numbers import Integral, Real
from typing import Any, ClassVar, final

import numpy as np

from skrec._params import Interval, StrOptions
from skrec.encoders._base import AT_LEAST_ONE, ColumnEncoder, table_rows
from skrec.encoders._column import Column, is_missing, place, shown
from skrec.encoders._tokens import tokenize
from skrec.encoders._vocabulary import frequent
from skrec.exceptions import InvalidDataError, InvalidParameterError
from skrec.typing import Floats

PADDING, OTHER, FIRST = 0, 1, 2
UNIT = 1 << 16
"""The integer that stands for a weight of 1 in a bag; what `skrec.networks.text_bag.ONE` is, too."""


@final
class TextEncoder(ColumnEncoder):
    r"""A text a row: titles, plots, descriptions.

    A text is split into lower-case tokens: words and numbers of any script, Chinese and Japanese signs one by one, and emoji. Of a
    cell, the first 100,000 characters are read. An empty text, or a missing one, has no token; a cell that is no string is refused.

    Tokens have codes: 0 is padding, 1 stands for those that `fit` met too rarely, or never, and from 2 on come the others, the most
    frequent first. Where `fit` met no rare token, unknown ones are left out, since nothing would train a row for them.

    `transform` gives int32, and the network goes with `network`:

    * ``"cnn"``: codes of the first `max_length` tokens; phrases of each of `widths` tokens are looked for by `units` filters, and the
      largest response of each goes through a Dense layer [1]_;
    * ``"rnn"``, ``"lstm"``, ``"gru"``: the same codes; a recurrent layer of `units` reads them, and its last state goes through a Dense
      layer [2]_;
    * ``"bag"``: codes and weights of the text's distinct known tokens, shape (n_rows, max_length, 2); the vector is the weighted sum of the
      tokens' vectors, which is the text's TF-IDF vector times a learned matrix. With frequency f in the text, and d of n texts that have
      the token, its weight is :math:`(1 + \ln f)(1 + \ln \frac{1 + n}{1 + d})`, scaled so that squares sum to 1: scikit-learn's
      ``TfidfVectorizer(sublinear_tf=True)``. Of more tokens than `max_length`, those of largest weight count.

    Padding is masked in each of them: a vector depends on its text alone. A text without tokens has a vector of its own under the first
    four, the last layer's bias, and zeros under ``"bag"``.

    Parameters
    ----------
    network : {"cnn", "rnn", "lstm", "gru", "bag"}, default="cnn"
        What reads the text.
    max_tokens : int, default=10000
        Tokens with a code of their own, the most frequent ones. Must be >= 1.
    min_count : int, default=2
        How often a token must occur in all texts of `fit` to have a code of its own. Must be >= 1.
    max_length : int, default=48
        Tokens of one text that are read. Must be >= 1.
    token_dim : int, default=32
        Width of a token's vector; under "bag" tokens are as wide as the result. Must be >= 1.
    units : int, default=32
        Filters of each width, or units of the recurrent layer; not read by "bag". Must be >= 1.
    widths : tuple of int, default=(1, 2, 3)
        Lengths of the phrases that "cnn" looks for; the others don't read it.
    idf : bool, default=True
        Whether "bag" weighs as above. False gives each distinct token the same weight, 1 over their number.
    dropout : float, default=0.5
        Share of the tokens, and of the whole texts, that are left out while training, in [0, 1): a text that only one item has would
        otherwise be learned by heart, in place of the item's id. Not read by "bag".

    Attributes
    ----------
    vocabulary_ : list of str
        Tokens with a code of their own; the first has code 2.
    idf_ : ndarray of shape (n_tokens,), float64
        The second factor of their weights, 1 + ln((1 + n) / (1 + d)).
    has_rare_ : bool
        Whether `fit` met tokens without a code of their own.

    References
    ----------
    .. [1] Y. Kim, "Convolutional Neural Networks for Sentence Classification", EMNLP 2014. https://arxiv.org/abs/1408.5882
    .. [2] S. Hochreiter, J. Schmidhuber, "Long Short-Term Memory", Neural Computation 1997.

    Examples
    --------
    >>> from skrec.encoders import TextEncoder
    >>> encoder = TextEncoder(max_length=4).fit(["The ship", "the Ship sails"])
    >>> encoder.vocabulary_
    ['ship', 'the']
    >>> encoder.transform(["The old ship!", ""])
    array([[3, 1, 2, 0],
           [0, 0, 0, 0]], dtype=int32)
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "network": [StrOptions({"cnn", "rnn", "lstm", "gru", "bag"})],
        "max_tokens": AT_LEAST_ONE,
        "min_count": AT_LEAST_ONE,
        "max_length": AT_LEAST_ONE,
        "token_dim": AT_LEAST_ONE,
        "units": AT_LEAST_ONE,
        "widths": [tuple, list],
        "idf": [bool],
        "dropout": [Interval(Real, 0, 1, closed="left")],
    }

    def __init__(
        self,
        network: str = "cnn",
        max_tokens: int = 10_000,
        min_count: int = 2,
        max_length: int = 48,
        token_dim: int = 32,
        units: int = 32,
        widths: tuple[int, ...] = (1, 2, 3),
        idf: bool = True,
        dropout: float = 0.5,
    ) -> None:
        self.network = network
        self.max_tokens = max_tokens
        self.min_count = min_count
        self.max_length = max_length
        self.token_dim = token_dim
        self.units = units
        self.widths = widths
        self.idf = idf
        self.dropout = dropout

    def _fit(self, column: Column, y: Any) -> None:
        check_sizes("widths", self.widths, "TextEncoder")
        counts, texts_with = Counter[str](), Counter[str]()
        for tokens in self._tokens(column, None):
            counts.update(tokens)
            texts_with.update(set(tokens))
        self.vocabulary_ = frequent(counts, self.min_count, self.max_tokens)
        present = np.array([texts_with[token] for token in self.vocabulary_], dtype=np.float64)
        self.idf_ = 1.0 + np.log((1.0 + len(column)) / (1.0 + present))
        self.has_rare_ = len(counts) > len(self.vocabulary_)

    def _transform(self, column: Column) -> Any:
        known = {token: code for code, token in enumerate(self.vocabulary_, start=FIRST)}
        return self._bags(column, known) if self.network == "bag" else self._sequences(column, known)

    def _build(self, dim: int) -> Any:
        n_rows = table_rows(FIRST + len(self.vocabulary_))
        if self.network == "bag":
            from skrec.networks.text_bag import TextBag

            return TextBag(n_rows, dim)
        if self.network == "cnn":
            from skrec.networks.text_cnn import TextCNN

            sizes = int(self.token_dim), int(self.units), tuple(map(int, self.widths))
            return TextCNN(n_rows, dim, *sizes, float(self.dropout))
        from skrec.networks.text_rnn import TextRNN

        return TextRNN(n_rows, dim, int(self.token_dim), int(self.units), self.network, float(self.dropout))

    def _sequences(self, column: Column, known: dict[str, int]) -> Any:
        codes = np.full((len(column), int(self.max_length)), PADDING, dtype=np.int32)
        # Where unknown tokens are left out, as many as it takes are read to have max_length others.
        limit = int(self.max_length) if self.has_rare_ else None
        for row, tokens in zip(codes, self._tokens(column, limit), strict=True):
            found = [known.get(token, OTHER) for token in tokens]
            found = (found if self.has_rare_ else [code for code in found if code != OTHER])[: len(row)]
            row[: len(found)] = found
        return codes

    def _bags(self, column: Column, known: dict[str, int]) -> Any:
        bags = np.zeros((len(column), int(self.max_length), 2), dtype=np.int32)
        for bag, tokens in zip(bags, self._tokens(column, None), strict=True):
            counts = Counter(known[token] for token in tokens if token in known)
            codes = np.array(sorted(counts), dtype=np.int64)
            weights = self._weights(codes, np.array([counts[int(code)] for code in codes], dtype=np.float64))
            kept = np.sort(np.argsort(-weights, kind="stable")[: len(bag)])
            bag[: len(kept), 0] = codes[kept]
            bag[: len(kept), 1] = np.round(UNIT * _normal(weights[kept], squares=self.idf))
        return bags

    def _weights(self, codes: Any, counts: Any) -> Any:
        return (1.0 + np.log(counts)) * self.idf_[codes - FIRST] if self.idf else np.ones(len(codes))

    def _tokens(self, column: Column, limit: int | None) -> Any:
        """Give the tokens of each text, one text after the other."""
        missing = is_missing(column)
        for position, cell in enumerate(column):
            if missing[position]:
                yield []
            elif isinstance(cell, str):
                yield tokenize(cell, limit)
            else:
                raise InvalidDataError(
                    f"{place(column, position)} is {shown(cell)}, and a text is a string. Turn it into one, for example "
                    "with column.astype(str)."
                )


def _normal(weights: Floats, squares: bool) -> Any:
    """Scale weights so that they, or their squares, sum to 1."""
    if not len(weights):
        return weights
    return weights / (np.sqrt((weights**2).sum()) if squares else weights.sum())


def check_sizes(name: str, values: Any, owner: str) -> None:
    """Check a tuple of sizes.

    Raises
    ------
    InvalidParameterError
        If it is empty, or holds anything but positive integers.
    """
    constraint = Interval(Integral, 1, None, closed="left")
    right = len(values) > 0 and all(constraint.is_satisfied_by(value) and value is not True for value in values)
    if not right:
        raise InvalidParameterError(
            f"The {name!r} parameter of {owner} must be a tuple of one or more ints in the range [1, inf). "
            f"Got {values!r} instead."
        )
