"""How the documentation is built: ``make docs``."""

import inspect
import re
import sys
import warnings
from importlib.metadata import version as distribution_version
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parent / "_extensions")]

project = "skrec"
author = "the skrec developers"
copyright = "the skrec developers"
release = version = distribution_version("skrec-keras")

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "numpydoc",
    "sphinx_copybutton",
    "sphinx_design",
    "linked_names",
    "pictures",
]
default_role = "py:obj"  # what stands in single backquotes
exclude_patterns = ["_build"]
templates_path = ["_templates"]
myst_enable_extensions = ["colon_fence", "dollarmath"]
myst_heading_anchors = 3

autosummary_generate = True
autosummary_imported_members = True
autodoc_typehints = "none"  # docstrings give types with their shapes
numpydoc_show_class_members = False
numpydoc_class_members_toctree = False
# Names outside of skrec have no page here, and their inventories would have to be downloaded.
nitpick_ignore_regex = [(r"py:.*", r"(?!skrec\.).*")]

html_theme = "furo"
html_title = f"skrec {release}"
html_static_path = ["_static"]
html_css_files = ["skrec.css"]
copybutton_selector = (
    "div.highlight-python pre, div.highlight-console pre, div.highlight-toml pre, div.highlight-yaml pre"
)
copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True
copybutton_only_copy_prompt_lines = False  # docstrings have prompts, pages have none

warnings.filterwarnings("ignore", category=DeprecationWarning)


def skip_foreign(app, what, name, member, skip, options):
    """Leave out what classes inherit from scikit-learn and Python: their own documentation has it."""
    function = member.fget if isinstance(member, property) else inspect.unwrap(member) if callable(member) else None
    home = getattr(function, "__module__", None) or "skrec"
    return True if not home.startswith("skrec") else None


def escape_shapes(app, what, name, member, options, lines):
    """Keep a trailing underscore in a shape, as of ``(n_features_in_,)``, from being read as a link."""
    lines[:] = [re.sub(r"\((\w+)_,\)", r"(\1\\_,)", line) for line in lines]


def setup(app):
    """Connect what Sphinx calls."""
    app.connect("autodoc-skip-member", skip_foreign)
    app.connect("autodoc-process-docstring", escape_shapes, priority=900)  # after numpydoc, which knows no escapes
