"""Imports between modules have no cycles."""

import ast
from pathlib import Path

import networkx as nx

ROOT = Path(__file__).parents[1]


def import_graph():
    """Return the directed graph of imports between modules, including those in functions and ``TYPE_CHECKING``."""
    paths = {path.relative_to(ROOT).with_suffix(""): path for path in (ROOT / "explorer").rglob("*.py")}
    modules = {".".join(name.parts).removesuffix(".__init__"): path for name, path in paths.items()}
    graph = nx.DiGraph()
    for module, path in modules.items():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                names = [f"{node.module}.{alias.name}" for alias in node.names]
                names = [name if name in modules else node.module for name in names]
            graph.add_edges_from((module, name) for name in names if name in modules)
    return graph


def test_imports_have_no_cycles():
    graph = import_graph()
    assert graph.number_of_edges() > 1000
    assert [sorted(cycle) for cycle in nx.strongly_connected_components(graph) if len(cycle) > 1] == []
