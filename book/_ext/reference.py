"""The reference of the library, read from its source and never imported.

sphinx-autoapi parses the package. A line ``:module: boxes`` in ``book/api*.md`` becomes
that module's public functions, classes and type names, in the order of its source.
"""

import ast
import re
from pathlib import Path

from docutils import nodes
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util.nodes import make_refnode

PAGES = ("book/api", "book/api_data", "book/api_training")
MODULE = re.compile(r"^:module: (\S+)$", re.MULTILINE)


def expand_modules(app: Sphinx, docname: str, source: list[str]) -> None:
    """Write out what each module of the reference's page holds."""
    if docname in PAGES:
        package = Path(app.srcdir, "ssd_lib")
        source[0] = MODULE.sub(lambda match: described(package, match[1]), source[0])


def described(package: Path, module: str) -> str:
    """Heading and directives of one module."""
    file = package / f"{module.replace('.', '/')}.py"
    if not file.is_file():
        file = package / module.replace(".", "/") / "__init__.py"
    tree = ast.parse(file.read_text(encoding="utf-8"))
    summary = (ast.get_docstring(tree) or "").split("\n\n")[0].replace("\n", " ")
    lines = [f".. py:currentmodule:: ssd_lib.{module}", ""]
    for kind, name in public(tree):
        lines.append(f".. autoapi{kind}:: ssd_lib.{module}.{name}")
        lines += ["   :members:"] if kind == "class" else []
        lines.append("")
    body = "\n".join(lines)
    return f"### ssd_lib.{module}\n\n```{{eval-rst}}\n{summary}\n\n{body}\n```"


def public(tree: ast.Module) -> list[tuple[str, str]]:
    """Kind and name of what a module defines for others."""
    found = []
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            found.append(("function", node.name))
        elif isinstance(node, ast.ClassDef):
            found.append(("class", node.name))
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            name = node.targets[0].id
            if re.fullmatch(r"[A-Z][a-z]+([A-Z][a-z]+)*", name):  # a type's name
                found.append(("data", name))
    return [(kind, name) for kind, name in found if not name.startswith("_")]


def find_by_last_name(
    app: Sphinx, env: BuildEnvironment, node: pending_xref, words: nodes.Node
) -> nodes.Node | None:
    """Resolve a name by which users import, such as ``ssd_lib.model.SSD``."""
    target, here = node["reftarget"], node.get("py:module") or ""
    if node.get("refdomain") != "py" or ("." in target and target[:7] != "ssd_lib"):
        return None
    last = target.rsplit(".", 1)[-1]
    found = {
        name: entry
        for name, entry in env.domains["py"].objects.items()
        if name.count(".") >= 2 and name.rsplit(".", 1)[-1] == last
    }
    if not found:
        return None
    parts = here.split(".")
    nearest = max(found, key=lambda n: sum(map(str.__eq__, n.split("."), parts)))
    entry = found[nearest]
    return make_refnode(app.builder, node["refdoc"], entry.docname, entry.node_id, words)
