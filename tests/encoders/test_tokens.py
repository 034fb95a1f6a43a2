import time

import pytest

from skrec.encoders._tokens import MAX_CHARACTERS, MAX_TOKEN, tokenize


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("The Ship, the SEA!", ["the", "ship", "the", "sea"]),
        ("2001: A Space Odyssey (1968)", ["2001", "a", "space", "odyssey", "1968"]),
        ("Don't -- 'quote' O\u2019Neil", ["don't", "quote", "o'neil"]),
        ("snake_case e-mail a/b", ["snake", "case", "e", "mail", "a", "b"]),
        ("Amélie Ärger Ωmega Война", ["amélie", "ärger", "ωmega", "война"]),
        ("Ame\u0301lie", ["amélie"]),  # an accent apart from its letter
        ("\uff34\uff25\uff38\uff34 \ufb01lm", ["text", "film"]),  # full width, ligature
        ("हिन्दी फ़िल्म", ["हिन्दी", "फ़िल्म"]),
        ("千と千尋 Spirited", ["千", "と", "千", "尋", "spirited"]),
        ("한국 영화", ["한국", "영화"]),
        ("love \u2764\ufe0f it \U0001f600\U0001f600", ["love", "\u2764\ufe0f", "it", "\U0001f600", "\U0001f600"]),
        (
            "\U0001f468\u200d\U0001f469\u200d\U0001f467 \U0001f44d\U0001f3fd",
            ["\U0001f468\u200d\U0001f469\u200d\U0001f467", "\U0001f44d\U0001f3fd"],
        ),
        ("\U0001f1eb\U0001f1f7\U0001f1e9\U0001f1ea", ["\U0001f1eb\U0001f1f7", "\U0001f1e9\U0001f1ea"]),
        ("", []),
        (" \t\n.,;-_ \u200b\0", []),
    ],
    ids=ascii,
)
def test_words_of_any_script_numbers_and_emoji_are_tokens(text, tokens):
    assert tokenize(text) == tokens


def test_so_many_tokens_are_given_and_no_more():
    assert tokenize("a b c d", 2) == ["a", "b"]


def test_a_token_has_so_many_characters_and_no_more():
    assert tokenize("x" * 1000) == ["x" * MAX_TOKEN]


@pytest.mark.parametrize("unit", ["word ", "x", "é", "千", "\U0001f600", "'", "a'", "\u0301", "\u200d"], ids=ascii)
def test_megabytes_of_text_take_bounded_time(unit):
    text = unit * (2_000_000 // len(unit))
    start = time.process_time()
    tokens = tokenize(text)
    assert time.process_time() - start < 1.0
    assert len(tokens) <= MAX_CHARACTERS
    assert tokenize(text[:MAX_CHARACTERS]) == tokens
