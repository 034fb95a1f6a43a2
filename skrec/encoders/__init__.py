"""Columns of any kind become arrays, and arrays vectors that are trained with the model."""

from typing import TYPE_CHECKING

from skrec._lazy import lazy_names

__all__ = [
    "AudioEncoder",
    "CategoryEncoder",
    "DatetimeEncoder",
    "ImageEncoder",
    "NumberEncoder",
    "TagsEncoder",
    "TextEncoder",
    "TransformerEncoder",
    "VectorEncoder",
    "choose_encoder",
    "output_size",
]

if TYPE_CHECKING:
    from skrec.encoders._sizes import output_size
    from skrec.encoders.audio import AudioEncoder
    from skrec.encoders.category import CategoryEncoder
    from skrec.encoders.choose import choose_encoder
    from skrec.encoders.datetime import DatetimeEncoder
    from skrec.encoders.image import ImageEncoder
    from skrec.encoders.number import NumberEncoder
    from skrec.encoders.tags import TagsEncoder
    from skrec.encoders.text import TextEncoder
    from skrec.encoders.transformer import TransformerEncoder
    from skrec.encoders.vector import VectorEncoder
else:
    __getattr__, __dir__ = lazy_names(
        __name__,
        {
            "output_size": "skrec.encoders._sizes",
            "AudioEncoder": "skrec.encoders.audio",
            "CategoryEncoder": "skrec.encoders.category",
            "choose_encoder": "skrec.encoders.choose",
            "DatetimeEncoder": "skrec.encoders.datetime",
            "ImageEncoder": "skrec.encoders.image",
            "NumberEncoder": "skrec.encoders.number",
            "TagsEncoder": "skrec.encoders.tags",
            "TextEncoder": "skrec.encoders.text",
            "TransformerEncoder": "skrec.encoders.transformer",
            "VectorEncoder": "skrec.encoders.vector",
        },
    )
