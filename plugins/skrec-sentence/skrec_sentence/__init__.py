"""Texts as vectors of a pretrained sentence-transformers model, for skrec; a plugin, found by its entry point."""

from skrec import hookimpl

__version__ = "0.1.0"


@hookimpl
def skrec_encoders() -> dict[str, str]:
    """Name the encoder; neither it nor sentence-transformers is imported before it is asked for."""
    return {"sentence": "skrec_sentence.encoder:SentenceEncoder"}
