import numpy as np
import pytest

from skrec.serving import Scorer, scorer

N = 12


def fresh(scorer):
    """The same, with nothing computed yet."""
    return Scorer(scorer.learned, scorer.setup)


def test_vectors_are_computed_once(gmf):
    again = fresh(gmf)
    first = again.vectors()
    assert again.vectors() is first
    assert [vectors.shape for vectors in first] == [(N + 1, 5), (N + 1, 5)]
    assert all(vectors.dtype == np.float32 for vectors in first)


def test_scores_of_known_users_are_products_of_vectors(gmf):
    users, items = gmf.vectors()
    tables, (kernel, bias) = gmf.learned.weights.tables, gmf.learned.weights.network
    expected = (tables["user"] * kernel[:, 0]) @ tables["item"].T + bias
    np.testing.assert_allclose(users[:-1] @ items[:-1].T, expected, rtol=1e-4, atol=1e-5)


def test_the_vectors_behind_the_last_ones_are_those_of_rows_of_zeros(gmf):
    # A code of -1 points to them: nothing is known of it but what is the same for everybody, such as the unit's bias.
    users, items = gmf.vectors()
    np.testing.assert_array_equal(users[-1], [0.0, 0.0, 0.0, 0.0, 1.0])
    np.testing.assert_allclose(items[-1], [0.0, 0.0, 0.0, 0.0, gmf.learned.weights.network[1][0]])


def test_vectors_of_rows_handed_in_are_those_of_fit_to_the_last_bit(gmf):
    users = gmf.vectors()[0]
    for rows in (slice(0, 12), slice(3, 4), slice(5, 5)):
        found = gmf.user_vectors(gmf.learned.weights.tables["user"][rows])
        assert found.dtype == np.float32
        np.testing.assert_array_equal(found, users[:-1][rows])


def test_rows_of_users_join_all_items_through_the_network(neumf):
    rows, (kernel, bias, unit, last) = neumf.learned.weights.tables, neumf.learned.weights.network
    user, item = rows["user"][[7, 2]].astype(float), rows["item"].astype(float)
    joined = np.array([[np.concatenate([u[4:], i[4:]]) @ kernel + bias for i in item] for u in user])
    hidden = (joined + np.sqrt(joined**2 + 0.01)) / 2.0
    products = user[:, np.newaxis, :4] * item[np.newaxis, :, :4]
    expected = np.concatenate([products, hidden], axis=2) @ unit[:, 0] + last
    np.testing.assert_allclose(neumf.catalogue(rows["user"][[7, 2]]), expected, rtol=1e-3, atol=1e-4)


def test_a_user_scores_the_same_alone_and_among_others(neumf):
    rows = neumf.learned.weights.tables["user"]
    together = neumf.catalogue(rows)
    for user in (0, 7, 11):
        np.testing.assert_array_equal(neumf.catalogue(rows[[user]])[0], together[user])


def test_pairs_score_as_the_catalogue_does_in_any_number_of_blocks(neumf, monkeypatch):
    users, items = np.repeat(np.arange(N), N), np.tile(np.arange(N), N)
    expected = neumf.catalogue(neumf.learned.weights.tables["user"]).ravel()
    sizes, original = [], Scorer._score
    monkeypatch.setattr(Scorer, "_score", lambda self, u, i: sizes.append(len(u)) or original(self, u, i))
    for blocks, n in (((1024,), 1), ((32,), 5), ((16, 64), 3)):
        monkeypatch.setattr(scorer, "_PAIR_BLOCKS", blocks)
        np.testing.assert_allclose(neumf.pairs(users, items), expected, rtol=1e-4, atol=1e-5)
        assert sizes == [blocks[-1]] * n
        sizes.clear()
    assert neumf.pairs(users[:0], items[:0]).shape == (0,)


def test_an_unknown_id_of_a_pair_is_a_row_of_zeros(neumf):
    scores = neumf.pairs(np.array([-1, 0, -1]), np.array([0, -1, -1]))
    again = neumf.pairs(np.array([5, -1]), np.array([-1, -1]))
    assert scores[2] == again[1]
    assert len({*scores.tolist(), *again.tolist()}) == 4
    np.testing.assert_array_equal(neumf.unknown("user"), np.zeros(8))
    np.testing.assert_array_equal(neumf.rows("item", np.array([-1, 3]))[0], 0.0)


def test_an_unknown_id_of_a_network_that_takes_ids_is_the_one_behind_the_last(by_ids):
    scores = by_ids.pairs(np.array([1, -1, 2]), np.array([4, 0, -1]))
    np.testing.assert_array_equal(scores, [104.0, 1200.0, 212.0])
    assert by_ids.setup.program.shapes == [((32,), (32, 1))]


def test_the_catalogue_is_scored_in_blocks_of_few_pairs(by_ids, monkeypatch):
    monkeypatch.setattr(scorer, "_PAIRS", {"cpu": 24})
    scores = by_ids.catalogue(np.array([2, 0, 1, 1, 0]))
    np.testing.assert_array_equal(scores, 100.0 * np.array([[2], [0], [1], [1], [0]]) + np.arange(N))
    # Two users a block, the last one padded: one shape, one compiled program.
    assert by_ids.setup.program.shapes == [((2,), (N,))] * 3


def test_a_catalogue_larger_than_a_block_is_scored_user_by_user(by_ids, monkeypatch):
    monkeypatch.setattr(scorer, "_PAIRS", {"cpu": 3})
    assert by_ids.catalogue(np.array([2, 0])).shape == (2, N)
    assert by_ids.setup.program.shapes == [((1,), (N,))] * 2


def test_rows_are_what_the_network_makes_of_table_rows_and_features(tower):
    for side in ("user", "item"):
        raw, encoded = tower.learned.weights.tables[side], tower.table(side)
        assert encoded.shape == raw.shape
        assert (encoded != raw).all()
        alone = tower.encode(side, raw[[5]], tower.learned.part(side, np.array([5])))
        np.testing.assert_allclose(alone[0], encoded[5], rtol=1e-5, atol=1e-6)
        assert tower.table(side) is encoded


def test_encoding_some_rows_at_a_time_changes_nothing(tower, monkeypatch):
    raw, features = tower.learned.weights.tables["item"], tower.learned.part("item", slice(0, -1))
    whole = tower.encode("item", raw, features)
    monkeypatch.setattr(scorer, "_ENCODED_AT_ONCE", (5,))
    np.testing.assert_allclose(tower.encode("item", raw, features), whole, rtol=1e-5, atol=1e-6)
    assert len(tower.encode("item", raw[:0], tower.learned.part("item", slice(0, 0)))) == 0


def test_the_unknown_row_is_what_the_network_makes_of_zeros_and_of_no_features(tower):
    nothing = tower.learned.part("user", np.array([-1]))
    expected = tower.encode("user", np.zeros((1, 5), dtype=np.float32), nothing)[0]
    np.testing.assert_allclose(tower.unknown("user"), expected, rtol=1e-5)
    assert tower.unknown("user").any()
    np.testing.assert_allclose(tower.rows("user", np.array([3, -1]))[1], expected, rtol=1e-5)


def test_rows_handed_in_are_encoded_with_the_features_of_their_users(tower):
    raw = tower.learned.weights.tables["user"]
    np.testing.assert_allclose(tower.user_rows(raw, np.arange(N)), tower.table("user"), rtol=1e-5, atol=1e-6)
    without = tower.user_rows(raw[[5]], np.array([-1]))[0]
    assert np.abs(without - tower.table("user")[5]).max() > 1e-3


def test_without_features_rows_are_those_of_the_table(gmf):
    assert gmf.table("item") is gmf.learned.weights.tables["item"]
    rows = gmf.learned.weights.tables["user"]
    assert gmf.user_rows(rows, np.arange(N)) is rows


def test_context_is_encoded_beside_the_user(fields):
    moments = {name: np.repeat(row, 2, axis=0) for name, row in fields.learned.features.no_context.items()}
    rows = fields.context(moments)
    assert len(rows) == 2
    assert fields.context(None) is None
    users = fields.table("user")[[3, 4]]
    scores = fields.catalogue(users, rows)
    pairs = fields.pairs(np.array([3, 4]), np.array([2, 9]), rows)
    np.testing.assert_allclose(pairs, [scores[0, 2], scores[1, 9]], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("side", ["user", "item"])
def test_what_was_computed_before_ids_were_added_is_computed_once_for_both(tower, side, board, monkeypatch):
    before, calls = fresh(tower), []
    original = Scorer.encode
    monkeypatch.setattr(Scorer, "encode", lambda self, *given: calls.append(given[0]) or original(self, *given))
    frame = (board.users if side == "user" else board.items).head(2).assign(**{f"{side}_id": [70, 71]})
    grown = Scorer(before.learned.with_ids(side, frame, "frame"), before.setup, before)
    rows = grown.table(side)
    assert calls == [side, side]  # the known rows, then the new ones
    assert len(rows) == N + 2
    np.testing.assert_array_equal(rows[:N], before.table(side))
    other = "item" if side == "user" else "user"
    assert grown.table(other) is before.table(other)
    np.testing.assert_array_equal(grown.unknown(side), before.unknown(side))
    assert calls == [side, side, other, side]
    # Another question computes the new rows alone.
    Scorer(before.learned.with_ids(side, frame, "frame"), before.setup, before).table(side)
    assert calls == [side, side, other, side, side]


def test_vectors_of_items_alone_where_users_are_histories(sasrec):
    users, items = sasrec[0].vectors()
    assert len(users) == 0
    assert items.shape == (N + 1, 4)
