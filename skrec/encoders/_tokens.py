"""Text becomes tokens: words of any script, numbers and emoji."""

import re
import unicodedata
from collections.abc import Iterator
from itertools import islice

MAX_CHARACTERS = 100_000
"""How much of a cell is read, so that a book in one cell costs no more than an article."""

MAX_TOKEN = 40
"""Characters of a token that count; what is longer is no word."""

# Scripts whose vowel signs aren't letters to Python: whole blocks of them, and accents and points that stand alone.
_SIGNS = "\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0900-\u109f\u1780-\u17ff"
_WORD = rf"(?:[^\W_]|[{_SIGNS}])+(?:'(?:[^\W_]|[{_SIGNS}])+)*"
_PICTURE = "[\u2300-\u23ff\u2600-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff]"
_JOINED = rf"{_PICTURE}[\ufe0f\U0001f3fb-\U0001f3ff]*(?:\u200d{_PICTURE}[\ufe0f\U0001f3fb-\U0001f3ff]*)*"
_FLAG = "[\U0001f1e6-\U0001f1ff]{2}"
_TOKEN = re.compile(f"{_WORD}|{_FLAG}|{_JOINED}")
# Chinese and Japanese are written without spaces: each sign is a token.
_SIGN_BY_SIGN = re.compile("[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")


def tokenize(text: str, limit: int | None = None) -> list[str]:
    """Split a text into tokens, in lower case.

    A token is a run of letters and digits of any script, with apostrophes inside; a Chinese or Japanese sign; or an emoji, with what is
    joined to it. Everything else separates. Of a text, the first 100,000 characters are read; of a token, the first 40 count.

    Parameters
    ----------
    text : str
    limit : int, optional
        Tokens to give at most.

    Returns
    -------
    list of str
    """
    return list(islice(_tokens(text[:MAX_CHARACTERS]), limit))


def _tokens(text: str) -> Iterator[str]:
    if not text.isascii():
        # Compatibility forms: full-width letters, ligatures, accents apart from their letters.
        text = unicodedata.normalize("NFKC", text).replace("\u2019", "'")
        text = _SIGN_BY_SIGN.sub(r" \g<0> ", text)
    for match in _TOKEN.finditer(text.lower()):
        yield match[0][:MAX_TOKEN]
