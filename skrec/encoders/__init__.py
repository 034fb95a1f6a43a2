"""Columns of any kind become arrays, and arrays vectors that are trained with the model."""

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
