"""The source is easy to find one's way in: small folders, unique names, short chains of classes, documented modules."""

import ast
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "explorer"
MODULES = sorted(PACKAGE.rglob("*.py"))
ROOMS = ("core", "engine", "session", "views")

MAX_MODULES = 30
"""Maximum number of modules in a folder."""

MAX_MAIN_WINDOW_LINES = 200


def parse(path):
    return ast.parse(path.read_text(encoding="utf-8"))


def defined_classes():
    """Return (path, class) for each class of the package, nested ones included."""
    return [
        (path.relative_to(ROOT), node)
        for path in MODULES
        for node in ast.walk(parse(path))
        if isinstance(node, ast.ClassDef)
    ]


CLASSES = defined_classes()
BASES = {
    node.name: [ast.unparse(base).partition("[")[0].rpartition(".")[2] for base in node.bases] for _, node in CLASSES
}


def ancestors(name):
    """Return the number of classes of ours in the longest chain that ends with ``name``."""
    return 1 + max((ancestors(base) for base in BASES[name] if base in BASES), default=0)


def is_error(name):
    return name.endswith(("Error", "Exception")) or any(base in BASES and is_error(base) for base in BASES[name])


def test_no_name_is_defined_twice_in_a_class_or_module():
    """A second definition would silently replace the first."""
    twice = []
    for folder in ("explorer", "tests"):
        for path in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(parse(path)):
                if isinstance(node, ast.ClassDef | ast.Module):
                    # a property's setter has a decorator
                    plain = (f for f in node.body if isinstance(f, ast.FunctionDef) and not f.decorator_list)
                    names = Counter(f.name for f in plain)
                    twice += [f"{path.relative_to(ROOT)}: {name}" for name, times in names.items() if times > 1]
    assert twice == []


def test_no_two_classes_have_the_same_name():
    places = {}
    for path, node in CLASSES:
        places.setdefault(node.name, []).append(str(path))
    assert {name: found for name, found in places.items() if len(found) > 1} == {}


def test_no_chain_of_classes_is_longer_than_two():
    long = {name: ancestors(name) for name in BASES if ancestors(name) > 2 and not is_error(name)}
    assert long == {}


@pytest.mark.parametrize("folder", sorted({path.parent for path in MODULES}), ids=lambda path: path.name)
def test_folders_are_small(folder):
    assert len(list(folder.glob("*.py"))) <= MAX_MODULES


def test_every_module_has_a_docstring():
    assert [str(path.relative_to(ROOT)) for path in MODULES if not ast.get_docstring(parse(path))] == []


def test_the_main_window_is_small():
    assert (
        len((PACKAGE / "views/shell/main_window.py").read_text(encoding="utf-8").splitlines()) < MAX_MAIN_WINDOW_LINES
    )


def test_a_feature_has_the_same_name_in_every_room():
    """A folder that exists in one room only belongs to that room's own business."""
    folders = {
        room: {path.name for path in (PACKAGE / room).iterdir() if (path / "__init__.py").is_file()} for room in ROOMS
    }
    count = Counter(name for names in folders.values() for name in names)
    own = {
        "core": {"protocol", "ops", "expression"},
        "engine": {"tf_adapter", "services"},
        "session": {"engine_client"},
        "views": {"shell", "theme", "widgets", "presenting"},
    }
    alone = {room: {name for name in names if count[name] == 1} for room, names in folders.items()}
    assert alone == own
