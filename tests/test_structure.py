"""Structure of the source: small folders, unique names, short inheritance chains, documented modules."""

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


@pytest.fixture(scope="module")
def classes():
    """(path, class) for each class of the package, nested ones included."""
    return [
        (path.relative_to(ROOT), node)
        for path in MODULES
        for node in ast.walk(parse(path))
        if isinstance(node, ast.ClassDef)
    ]


def chain_length(name, bases):
    """Return the number of our classes in the longest inheritance chain that ends with ``name``."""
    return 1 + max((chain_length(base, bases) for base in bases[name] if base in bases), default=0)


def is_error(name, bases):
    return name.endswith(("Error", "Exception")) or any(base in bases and is_error(base, bases) for base in bases[name])


def test_no_function_or_method_is_defined_twice():
    """A second definition would silently replace the first."""
    duplicates = []
    for folder in ("explorer", "tests"):
        for path in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(parse(path)):
                if isinstance(node, ast.ClassDef | ast.Module):
                    # property setters repeat a name and have a decorator
                    functions = (f for f in node.body if isinstance(f, ast.FunctionDef) and not f.decorator_list)
                    names = Counter(f.name for f in functions)
                    duplicates += [f"{path.relative_to(ROOT)}: {name}" for name, count in names.items() if count > 1]
    assert duplicates == []


def test_no_two_classes_have_the_same_name(classes):
    paths = {}
    for path, node in classes:
        paths.setdefault(node.name, []).append(str(path))
    assert {name: found for name, found in paths.items() if len(found) > 1} == {}


def test_no_inheritance_chain_is_longer_than_two(classes):
    bases = {
        node.name: [ast.unparse(base).partition("[")[0].rpartition(".")[2] for base in node.bases]
        for _, node in classes
    }
    lengths = {name: chain_length(name, bases) for name in bases if not is_error(name, bases)}
    assert {name: length for name, length in lengths.items() if length > 2} == {}


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
    """Only the listed folders exist in a single room."""
    folders = {
        room: {path.name for path in (PACKAGE / room).iterdir() if (path / "__init__.py").is_file()} for room in ROOMS
    }
    count = Counter(name for names in folders.values() for name in names)
    expected = {
        "core": {"protocol", "ops", "expression"},
        "engine": {"tf_adapter", "services"},
        "session": {"engine_client"},
        "views": {"shell", "theme", "widgets", "painting", "presenting"},
    }
    single = {room: {name for name in names if count[name] == 1} for room, names in folders.items()}
    assert single == expected


def test_every_module_of_the_sessions_has_tests_of_its_own():
    """They are in the same folder of ``tests/session``, with a client that answers from a table."""
    modules = [path.relative_to(PACKAGE) for path in (PACKAGE / "session").rglob("*.py") if path.stem != "__init__"]
    missing = [path for path in modules if not (ROOT / "tests" / path.parent / f"test_{path.name}").is_file()]
    assert missing == []
