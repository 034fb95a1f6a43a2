"""Plugin of skrec: the backend ``numpy``, which serves fitted models with NumPy alone."""

from skrec import hookimpl

__version__ = "0.1.0"


@hookimpl
def skrec_backends() -> dict[str, str]:
    """Name the backend; nothing else is imported before it is used."""
    return {"numpy": "skrec_numpy.backend:NumpyBackend"}
