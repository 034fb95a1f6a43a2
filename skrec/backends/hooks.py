"""The built-in backends, by name."""

from skrec.plugin import hookimpl


@hookimpl
def skrec_backends() -> dict[str, str]:
    return {
        "jax": "skrec.backends.jax:JaxBackend",
        "tensorflow": "skrec.backends.tensorflow:TensorFlowBackend",
        "torch": "skrec.backends.torch:TorchBackend",
    }
