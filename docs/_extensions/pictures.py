"""Pictures and displays stand in the page itself, so that they take the page's colours, light or dark, and its font.

``![what it shows](../_static/pictures/name.svg)`` stays a plain image for readers of the Markdown; in the built page the SVG
is part of the HTML. ``{shown} expression`` shows what a notebook would show of an expression: `docs/page_code.py` records it.
"""

import html
from pathlib import Path

import page_code
from docutils import nodes
from sphinx.util.docutils import SphinxDirective

FOLDER = "_static/pictures/"


def to_html(kind, content, label=""):
    """Make a node of HTML that scrolls sideways where it is wider than the page."""
    role = f' role="img" aria-label="{html.escape(label)}"' if label else ""
    return nodes.raw("", f'<div class="{kind}"{role}>{content}</div>', format="html")


class Shown(SphinxDirective):
    """Shows the recorded display of an expression."""

    required_arguments = 1
    final_argument_whitespace = True

    def run(self):
        """Read the file that `docs/page_code.py` wrote."""
        page = Path(self.env.doc2path(self.env.docname))
        file = page_code.shown_file(page, self.arguments[0])
        self.env.note_dependency(str(file))
        return [to_html("shown", file.read_text(encoding="utf-8"))]


def put_in(app, doctree):
    """Put pictures of ours into the page, before Sphinx copies images."""
    for node in list(doctree.findall(nodes.image)):
        _, found, name = node["uri"].partition(FOLDER)
        if found:
            file = Path(app.srcdir, FOLDER, name)
            app.env.note_dependency(str(file))
            svg = file.read_text(encoding="utf-8")
            picture = to_html(f"picture {file.stem}", svg[svg.index("<svg") :], node.get("alt", ""))
            # An image alone in its paragraph takes the paragraph's place: a block can't stand in it.
            (node.parent if isinstance(node.parent, nodes.paragraph) else node).replace_self(picture)


def setup(app):
    """Connect what Sphinx calls."""
    app.add_directive("shown", Shown)
    app.connect("doctree-read", put_in, priority=100)
    return {"parallel_read_safe": True}
