"""Lists as HTML: scores, sources, titles, and nothing that a page would take for its own."""

import re

import numpy as np

from skrec import Recommendations


def html(users, items, scores, lengths, **options):
    return Recommendations(np.array(users), np.array(items), np.array(scores), lengths, 12, **options)._repr_html_()


def test_scores_and_sources_are_shown():
    found = html(["ann", "bob"], [7, 9, 8], [0.5, 0.25, 1.0], [2, 1], source=["fold-in", "popular"])
    assert re.findall(r'class="source ([\w-]+)">([\w-]+)<', found) == [("fold-in", "fold-in"), ("popular", "popular")]
    assert re.findall(r'<li>(\d)<span class="score">([\d.]+)', found) == [("7", "0.500"), ("9", "0.250"), ("8", "1.00")]


def test_scores_have_three_digits_and_counts_all_of_theirs():
    scores = [12345.0, 99.96, 99.94, 0.35, 0.0, -0.00012]
    found = html(["ann"], range(6), scores, [6])
    assert re.findall(r'class="score">([^<]+)', found) == ["12,345", "100", "99.9", "0.350", "0.00", "-0.000120"]


def test_the_list_of_one_user_is_numbered_and_has_bars_from_zero():
    found = html(["ann"], [7, 9, 8], [2.0, 1.0, -2.0], [3])
    assert re.findall(r"background-size: (\d+)%", found) == ["100", "75", "0"]
    assert re.findall(r'class="rank">(\d)<.*?class="label">(\d)<', found) == [("1", "7"), ("2", "9"), ("3", "8")]


def test_equal_scores_have_equal_bars_and_empty_lists_say_so():
    assert re.findall(r"background-size: (\d+)%", html(["ann"], [7, 9], [0.0, 0.0], [2])) == ["100", "100"]
    assert "no items" in html(["ann"], [], [], [0])


def test_who_is_not_shown_is_counted():
    many = html(range(25), range(25), np.ones(25), [1] * 25)
    assert "and 15 more users" in many
    assert "more users" not in html(range(3), range(3), np.ones(3), [1] * 3)


def test_everything_that_came_from_outside_is_escaped():
    items = np.array(["<script>alert(1)</script>"])
    for users in (["<b>"], ["<b>", "<i>"]):
        found = html(users, np.repeat(items, len(users)), np.ones(len(users)), [1] * len(users))
        assert "<script>" not in found
        assert "<b><b>" not in found
        assert "&lt;b&gt;" in found


def test_colours_are_shades_of_the_page_so_that_light_and_dark_ones_do():
    style = html(["ann"], [7], [1.0], [1]).partition("</style>")[0]
    assert re.search(r"(?<!-)color: (?!inherit)", style) is None
    assert "#" not in style
