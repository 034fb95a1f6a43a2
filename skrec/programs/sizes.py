"""Sizes that compiled programs have: few, so that fits of similar size share them."""

MIN_SIZE = 64
"""Smallest size of tables and mini-batches: tiny data share one program, and there the padding costs nothing."""

MAX_STEPS = 64
"""Most steps that one call of a compiled program takes."""

_COARSE = 1024


def bucket(n: int) -> int:
    """Round a size up, so that similar sizes share compiled programs.

    To a power of two, or three quarters of one; beyond 1,024, where the cost of a step follows the size, by an eighth at most.
    """
    power = 1 << max(0, n - 1).bit_length()
    if power > _COARSE:
        return -(-n // (power // 16)) * (power // 16)
    return 3 * power // 4 if n <= 3 * power // 4 and power >= 8 else power
