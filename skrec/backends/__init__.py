"""Where Keras computes: JAX, TensorFlow or PyTorch."""

from skrec.backends._choice import find_backend, find_device, running, set_backend, start

__all__ = ["find_backend", "find_device", "running", "set_backend", "start"]
