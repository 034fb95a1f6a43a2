import numpy as np
import pytest


@pytest.fixture
def make(networks, keras):
    class Last(networks.SequenceNetwork):
        """A history is its latest event."""

        def build_reader(self):
            pass

        def read(self, inputs, training=False):
            return self.dropped(self.embedded(inputs), training)

    def network(bias=True, temperature=None, dropout=0.0, layers=None, **options):
        made = Last(layers or {}, 3, bias, temperature, dropout, 0.2, **options)
        made.build_for({"item": {"colour": np.ones((1, 2), dtype=np.float32)}} if layers else {})
        return made

    return network


USER = np.random.default_rng(0).normal(size=(2, 3)).astype(np.float32)
ROWS = np.random.default_rng(1).normal(size=(5, 4)).astype(np.float32)


def test_scores_are_inner_products_plus_the_items_bias(make, to_numpy):
    network = make()
    expected = USER @ ROWS[:, :3].T + ROWS[:, 3]
    np.testing.assert_allclose(to_numpy(network({"user": USER, "item": ROWS})), expected, rtol=1e-5, atol=1e-6)
    user, item = (to_numpy(part) for part in network.vectors(USER, ROWS))
    np.testing.assert_allclose(user @ item.T, expected, rtol=1e-5, atol=1e-6)


def test_each_user_may_have_items_of_its_own(make, to_numpy):
    own = np.stack([ROWS[:2], ROWS[2:4]])
    found = to_numpy(make()({"user": USER, "item": own}))
    expected = np.einsum("bd,bnd->bn", USER, own[..., :3]) + own[..., 3]
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)


def test_a_temperature_makes_cosines_of_products(make, to_numpy):
    found = to_numpy(make(bias=False, temperature=0.5)({"user": USER, "item": ROWS[:, :3]}))
    directions = [rows / np.linalg.norm(rows, axis=1, keepdims=True) for rows in (USER, ROWS[:, :3])]
    np.testing.assert_allclose(found, directions[0] @ directions[1].T / 0.5, rtol=1e-4, atol=1e-5)


def test_features_are_added_to_the_embedding_and_not_to_the_bias(make, to_numpy, keras):
    network = make(layers={"item": {"colour": keras.layers.Dense(3, use_bias=False)}})
    features = np.random.default_rng(2).normal(size=(5, 2)).astype(np.float32)
    found = to_numpy(network.encode("item", {"id": ROWS, "colour": features}))
    kernel = to_numpy(network.trainable_variables[0].value)
    np.testing.assert_allclose(found[:, :3], ROWS[:, :3] + features @ kernel, rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(found[:, 3], ROWS[:, 3])
    dropped = to_numpy(network.encode("item", {"id": np.ones((200, 4)), "colour": np.zeros((200, 2))}, training=True))
    assert 0.05 < (dropped[:, 0] == 0.0).mean() < 0.4


def test_without_features_rows_stay_what_they_are(make, to_numpy):
    np.testing.assert_array_equal(to_numpy(make().encode("item", {"id": ROWS}, training=True)), ROWS)


def test_dropout_of_what_is_read_is_for_training(make, to_numpy):
    network = make(dropout=0.5)
    inputs = {"rows": np.ones((2, 50, 4), dtype=np.float32)}
    assert (to_numpy(network.read(inputs, training=True)) == 0.0).mean() > 0.3
    assert (to_numpy(network.read(inputs)) == 1.0).all()
