import numpy as np
import pytest


@pytest.fixture(scope="module")
def network(networks):
    made = networks.CaserNetwork({}, 4, True, None, 0.0, 0.0, order=3, n_horizontal=2, n_vertical=2)
    made.build_for({})
    rng = np.random.default_rng(1)
    for variable in made.trainable_variables:
        variable.assign(rng.normal(size=variable.shape).astype(np.float32) * 0.5)
    return made


def test_packed_histories_are_read_as_each_alone(network, check_packing):
    assert np.isfinite(check_packing(network)).all()


def smooth(values):
    return (values + np.sqrt(values**2 + 0.01)) / 2.0


def test_it_finds_what_filters_slid_over_the_image_find(network, packed, to_numpy):
    """Recomputed window by window, as the paper has it."""
    together, alone = packed
    image = np.concatenate([np.zeros((2, 4)), alone[1]["rows"][0, 2:, :4]])  # zeros before the history begins
    weights = {
        variable.path.split("/")[-2] + "/" + variable.name: to_numpy(variable.value)
        for variable in network.trainable_variables
    }
    for place in range(4):
        window = image[place : place + 3][::-1]  # latest first
        found = []
        for height in (1, 2, 3):
            kernel, bias = weights[f"height_{height}/kernel"], weights[f"height_{height}/bias"]
            slides = [smooth(window[s : s + height].ravel() @ kernel + bias) for s in range(4 - height)]
            found.append(np.max(slides, axis=0))
        found.append((window.T @ weights["vertical/kernel"]).ravel())
        hidden = smooth(np.concatenate(found) @ weights["hidden/kernel"] + weights["hidden/bias"])
        expected = hidden @ weights["project/kernel"] + weights["project/bias"]
        np.testing.assert_allclose(to_numpy(network.read(together))[0, 3 + place], expected, rtol=1e-4, atol=1e-4)
