"""Which of the strings that were counted get a code of their own."""

from collections import Counter


def frequent(counts: "Counter[str]", min_count: int, limit: int | None) -> list[str]:
    """Choose the strings that occur often enough, the most frequent first; equals in order of the alphabet.

    Parameters
    ----------
    counts : Counter of str
    min_count : int
        The least number of occurrences.
    limit : int or None
        The largest number of strings.

    Returns
    -------
    list of str
    """
    kept = [(-count, text) for text, count in counts.items() if count >= min_count]
    return [text for _, text in sorted(kept)[:limit]]
