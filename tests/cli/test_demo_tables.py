import io

import numpy as np
import pandas as pd
from rich.console import Console

from skrec import Interactions
from skrec.cli._demo_tables import show_scores, show_user, titles
from skrec.data import Recommendations

EVENTS = pd.DataFrame({"user_id": ["ann"] * 3, "item_id": [1, 2, 3], "timestamp": [30, 10, 20], "rating": [4.5, 3, 5]})
ITEMS = pd.DataFrame({"item_id": [1, 2, 3, 4], "title": ["Alien", "Brazil [1985]", "Dune", "Gilda"]})


def shown(function, *arguments):
    screen = Console(file=io.StringIO(), width=100)
    function(*arguments, screen)
    return screen.file.getvalue()


def test_without_a_hit_of_the_baseline_there_is_no_multiple():
    scores = {"base": {"ndcg@1": 0.0, "n_users": 3}, "other": {"ndcg@1": 0.5, "n_users": 3}}
    text = shown(show_scores, scores, {"base": 0.0, "other": 1.25}, "base")
    cells = [cell.strip() for cell in next(line for line in text.splitlines() if "other" in line).strip("│").split("│")]
    assert cells == ["other", "0.5000", "1.2 s"]
    assert "Means over 3 users" in text


def answer():
    return Recommendations(np.array(["ann"], dtype=object), np.array([4]), np.array([0.5]), [1], 5)


def test_history_is_oldest_first_and_titles_are_no_markup():
    text = shown(show_user, answer(), "toy", Interactions(EVENTS, items=ITEMS), Interactions([("ann", 4)]))
    lines = [line for line in text.splitlines() if any(title in line for title in ITEMS["title"][:3])]
    assert [line.strip("│").split("│")[0].strip() for line in lines] == ["Brazil [1985]", "Dune", "Alien"]
    assert "1 of the 1 are among the 1 items of user ann" in text


def test_data_without_ratings_times_or_titles_are_shown_all_the_same():
    text = shown(show_user, answer(), "toy", Interactions(EVENTS[["user_id", "item_id"]]), Interactions([("bob", 4)]))
    assert "0 of the 1 are among the 0 items of user ann" in text


def test_an_item_without_a_title_is_called_by_its_id():
    assert titles(Interactions(EVENTS, items=ITEMS))(9) == "9"
    assert titles(Interactions(EVENTS))(9) == "9"
