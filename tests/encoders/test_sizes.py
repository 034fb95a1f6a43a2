import pytest

from skrec.encoders import output_size
from skrec.encoders._sizes import output_sizes
from skrec.exceptions import InvalidParameterError


@pytest.mark.parametrize(
    ("size", "kernel_size", "stride", "padding", "expected"),
    # By hand: the places 0, S, 2S ... at which K entries of W + 2P fit.
    [
        (5, 3, 1, 0, 3),
        (5, 3, 1, 1, 5),
        (5, 3, 2, 1, 3),
        (6, 3, 2, 1, 3),
        (7, 2, 3, 0, 2),
        (3, 3, 2, 0, 1),
        (2, 3, 1, 0, 0),
    ],
)
def test_the_size_is_that_of_the_formula(size, kernel_size, stride, padding, expected):
    assert output_size(size, kernel_size, stride, padding) == expected
    places = [start for start in range(0, size + 2 * padding, stride) if start + kernel_size <= size + 2 * padding]
    assert len(places) == expected


def test_sizes_follow_each_other():
    assert output_sizes((48, 32), 3, 3, 2, 1, "X") == [(24, 16), (12, 8), (6, 4)]


@pytest.mark.parametrize(
    ("size", "kernel_size", "stride", "message"),
    [
        (
            (12, 4),
            3,
            2,
            r"convolution 2 of 3 gets 5 x 1 \(12 x 4 -> 5 x 1\), and a kernel of 3 with padding 0 and stride 2",
        ),
        ((2, 2), 3, 1, r"The input of X is too small: convolution 1 of 3 gets 2 x 2 \(2 x 2\)"),
        ((1, 9), 2, 4, "convolution 1 of 3 gets 1 x 9"),
    ],
    ids=str,
)
def test_an_input_too_small_is_refused_naming_the_sizes(size, kernel_size, stride, message):
    with pytest.raises(InvalidParameterError, match=message):
        output_sizes(size, 3, kernel_size, stride, 0, "X")
