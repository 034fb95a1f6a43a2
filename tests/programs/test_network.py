"""What a program sees in a network: its methods say what it can do."""

import pytest

from skrec.programs import EncodesRows, HasVectors, ReadsHistories
from skrec.programs.network import Tempered

PROTOCOLS = (HasVectors, EncodesRows, ReadsHistories, Tempered)


@pytest.fixture(scope="module")
def networks(keras):
    from skrec.networks import FactorNetwork, GMFNetwork, NeuMFNetwork, SASRecNetwork, TwoTowerNetwork

    return {
        "gmf": GMFNetwork,
        "factors": FactorNetwork,
        "neumf": NeuMFNetwork,
        "two-tower": TwoTowerNetwork,
        "sasrec": SASRecNetwork,
    }


@pytest.mark.parametrize(
    ("name", "can"),
    [
        ("gmf", {"vectors"}),
        ("factors", {"vectors"}),
        ("neumf", set()),
        ("two-tower", {"vectors", "encode"}),
        ("sasrec", {"vectors", "encode", "read"}),
    ],
)
def test_networks_of_skrec_can_do_what_their_models_need(networks, name, can):
    assert {method for method in ("vectors", "encode", "read") if hasattr(networks[name], method)} == can


class Everything:
    dim, temperature = 4, None

    def vectors(self, user, item):
        """Vectors."""

    def encode(self, side, inputs, training=False):
        """Rows."""

    def read(self, inputs, training=False):
        """Vectors of histories."""


class Nothing:
    dim = 4


class Reader:
    def read(self, inputs, training=False):
        """Vectors of histories."""


def test_who_has_the_methods_can_do_it_and_who_has_not_cannot():
    assert all(isinstance(Everything(), protocol) for protocol in PROTOCOLS)
    assert not any(isinstance(Nothing(), protocol) for protocol in PROTOCOLS)
    # Where histories are read, the width of what is made of them must be known.
    assert not isinstance(Reader(), ReadsHistories)


def test_a_network_is_tempered_even_where_its_temperature_is_none(networks):
    assert isinstance(networks["factors"](0.0, False, None), Tempered)
    assert not isinstance(networks["gmf"](0.0), Tempered)
