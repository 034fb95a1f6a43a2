"""Names of skrec become links, and citations keep the numbers that docstrings give them.

Docstrings name a class as readers import it, ``SASRec``, and Sphinx looks for names in the module that it documents.
Here a name that isn't found there is looked for among all public names: in single backquotes, in a type, in code of a
Markdown page, and, of models, in plain text.
"""

import re

from docutils import nodes
from sphinx import addnodes

import skrec
from skrec import models

NAME = re.compile(r"(skrec\.)?[A-Za-z]\w*(\.\w+)*")
CLASS = re.compile(r"\b[A-Z]\w+\b")
CITATION = re.compile(r"\[R[0-9a-f]{12}-(.+)\]")
"""How numpydoc marks a citation, so that those of two docstrings on one page differ; it takes back most of its marks itself."""

UNLINKED = (
    nodes.reference,
    nodes.title,
    nodes.literal_block,
    nodes.citation,
    nodes.comment,
    addnodes.pending_xref,
    addnodes.desc_signature,
)
IN_TEXT = set(models.__all__) - {"Popularity"}
"""Models whose names are no words of English."""


def is_inside(node, kinds):
    """Tell whether one of a node's ancestors is of these kinds."""
    while node.parent is not None:
        node = node.parent
        if isinstance(node, kinds):
            return True
    return False


def is_own(name):
    """Tell names of skrec's from those of parameters and columns, such as ``precision``, which is a metric too."""
    return name[0].isupper() or "_" in name or "." in name or name in skrec.__all__


def to_name(name, shown):
    """A link that is settled when all pages have been read, or else what it shows."""
    return addnodes.pending_xref(
        "", shown, refdomain="py", reftype="obj", reftarget=name, refexplicit=False, refwarn=False
    )


def link_code(doctree):
    """Link code that is one public name."""
    for node in list(doctree.findall(nodes.literal)):
        name = node.astext()
        if NAME.fullmatch(name) and is_own(name) and not is_inside(node, UNLINKED):
            node.replace_self(to_name(name, node.deepcopy()))


def link_words(doctree, docname):
    """Link classes in types, and models in the text of docstrings other than their own."""
    for node in list(doctree.findall(nodes.Text)):
        if is_inside(node, (*UNLINKED, nodes.literal)) or not is_inside(node, addnodes.desc_content):
            continue
        anywhere = is_inside(node, (nodes.classifier, nodes.term))
        pieces, end = [], 0
        for match in CLASS.finditer(node.astext()):
            if (anywhere or match[0] in IN_TEXT) and not docname.endswith(f".{match[0]}"):
                pieces += [nodes.Text(node[end : match.start()]), to_name(match[0], nodes.inline("", match[0]))]
                end = match.end()
        if pieces:
            node.parent.replace(node, [*pieces, nodes.Text(node[end:])])


def clean_citations(doctree):
    """Give citations the numbers of their docstring; a table of summaries, which has no list of references, does without."""
    for node in list(doctree.findall(addnodes.pending_xref)):
        match = CITATION.fullmatch(node.astext())
        if match and is_inside(node, nodes.table):
            before = node.parent[node.parent.index(node) - 1]
            node.parent.replace(before, nodes.Text(before.astext().rstrip()))
            node.parent.remove(node)
        elif match:
            node[:] = [nodes.inline("", f"[{match[1]}]")]


def read(app, doctree):
    """Prepare a page's links."""
    clean_citations(doctree)
    link_code(doctree)
    link_words(doctree, app.env.docname)


def resolve(app, env, node, shown):
    """Find a name among all that have an entry in the reference."""
    name = node.get("reftarget", "")
    if node.get("refdomain") != "py" or not NAME.fullmatch(name) or not is_own(name):
        return None
    short = name.removeprefix("skrec.")
    domain = env.get_domain("py")
    # skrec.name, or skrec.module.name: the methods that are called as a function or a class is aren't meant.
    entry = re.compile(rf"skrec(\.[a-z_]+)?\.{re.escape(short)}")
    found = [full for full in domain.objects if entry.fullmatch(full)]
    if len(found) != 1:
        return None
    return domain.resolve_xref(env, node["refdoc"], app.builder, "obj", found[0], node, shown)


def setup(app):
    """Connect what Sphinx calls."""
    app.connect("doctree-read", read, priority=900)  # after numpydoc
    app.connect("missing-reference", resolve)
    return {"parallel_read_safe": True}
