"""The built-in encoders, by name."""

from skrec.plugin import hookimpl


@hookimpl
def skrec_encoders() -> dict[str, str]:
    return {
        "audio": "skrec.encoders.audio:AudioEncoder",
        "category": "skrec.encoders.category:CategoryEncoder",
        "datetime": "skrec.encoders.datetime:DatetimeEncoder",
        "image": "skrec.encoders.image:ImageEncoder",
        "number": "skrec.encoders.number:NumberEncoder",
        "tags": "skrec.encoders.tags:TagsEncoder",
        "text": "skrec.encoders.text:TextEncoder",
        "vector": "skrec.encoders.vector:VectorEncoder",
    }
