"""The two pluggy markers of the project; a leaf, so that hooks files import nothing else."""

import pluggy

PROJECT = "skrec"
"""Name of the pluggy project and of the entry-point group."""

API_VERSION = 1
"""Version of the hooks; a plugin that says it needs a newer one (``SKREC_API_VERSION``) is left out."""

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)
