import numpy as np
import pytest

from skrec._products import matrix_product


def test_a_product_is_numpys():
    left, right = np.arange(6.0).reshape(2, 3), np.arange(12.0).reshape(3, 4)
    np.testing.assert_array_equal(matrix_product(left, right), left @ right)
    out = np.empty((2, 4))
    assert matrix_product(left, right, out=out) is out
    np.testing.assert_array_equal(out, left @ right)


@pytest.mark.filterwarnings("error")
def test_the_flag_for_an_invalid_number_raises_no_warning():
    left, right = np.array([[0.0]]), np.array([[np.inf]])
    with pytest.raises(RuntimeWarning, match="invalid value"):
        left @ right
    assert np.isnan(matrix_product(left, right)).all()


@pytest.mark.filterwarnings("error")
def test_numbers_too_large_are_still_told():
    with pytest.raises(RuntimeWarning, match="overflow"):
        matrix_product(np.array([[1e300]]), np.array([[1e300]]))
