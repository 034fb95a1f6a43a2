"""The built-in losses, by name."""

from skrec.plugin import hookimpl


@hookimpl
def skrec_losses() -> dict[str, str]:
    return {
        "bce": "skrec.losses:BCE",
        "bpr": "skrec.losses:BPR",
        "softmax": "skrec.losses:Softmax",
        "mse": "skrec.losses:MSE",
    }
