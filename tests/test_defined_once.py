"""No method or function is defined twice: the second would silently take the place of the first."""

import ast
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_no_name_of_a_class_or_module_is_defined_twice():
    twice = []
    for folder in ("explorer", "tests"):
        for path in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.ClassDef | ast.Module):
                    # a setter is told from a second definition by its decorator
                    plain = (f for f in node.body if isinstance(f, ast.FunctionDef) and not f.decorator_list)
                    names = Counter(f.name for f in plain)
                    twice += [f"{path.relative_to(ROOT)}: {name}" for name, times in names.items() if times > 1]
    assert twice == []
