"""The project: resources in a checkout and in a wheel, the README's examples, imports of the window."""

import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import explorer
from explorer.core import resources

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_ci_tests_the_installed_wheel():
    installed = "site-packages" in explorer.__file__
    assert installed or not os.environ.get("REQUIRE_INSTALLED")


def test_resources_are_found():
    assert resources.resource_path("theme.toml").is_file()
    with pytest.raises(FileNotFoundError, match=r"nothing\.png"):
        resources.resource_path("nothing.png")


def test_resources_are_found_in_a_wheel_and_in_a_checkout(tmp_path):
    for location in ("package/resources", "resources"):
        folder = tmp_path / location.replace("/", "_")
        package = folder / "package" / "core"
        package.mkdir(parents=True)
        shutil.copy(resources.__file__, package / "resources.py")
        target = folder / location
        target.mkdir(parents=True, exist_ok=True)
        (target / "a.txt").write_text("here")
        code = "import resources; print(resources.resource_path('a.txt').read_text())"
        completed = subprocess.run(
            [sys.executable, "-c", code], cwd=package, capture_output=True, text=True, check=True
        )
        assert completed.stdout.strip() == "here"


@pytest.mark.slow
def test_the_wheel_contains_code_resources_and_licences(tmp_path):
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "-w", str(tmp_path), str(ROOT)], check=True
    )
    names = zipfile.ZipFile(next(tmp_path.glob("*.whl"))).namelist()
    assert "explorer/resources/theme.toml" in names
    assert "explorer/core/expression/grammar.lark" in names
    assert "explorer/resources/fonts/Inter-Regular.otf" in names
    assert any(name.endswith("LICENSE-Inter.txt") for name in names)
    assert not [name for name in names if name.startswith(("tests/", "resources/"))]


def test_every_font_has_a_licence():
    fonts = resources.resource_path("fonts")
    licences = " ".join(path.name for path in fonts.glob("LICENSE-*.txt"))
    for family in {re.match(r"[A-Z][A-Za-z]+?(?=General|Sans|-)", path.name)[0] for path in fonts.glob("*.[ot]tf")}:
        assert family in licences


def test_the_readme_starts_with_a_picture_and_has_commands_to_install_and_test():
    picture = re.search(r"!\[[^]]+\]\(([^)]+)\)", README)
    assert README[: picture.start()].count("\n") <= 3
    assert (ROOT / picture[1]).is_file()
    assert "\npip install . && autodiff-explorer\n" in README
    assert "\npip install '.[test]' && pytest\n" in README


def test_the_example_test_in_the_readme_passes(pytester):
    code = re.search(r"```python\n(.*?)```", README, re.S)[1]
    pytester.makepyfile(code)
    pytester.makeini("[pytest]\nqt_api = pyside6\n")
    pytester.runpytest_subprocess("-q", "-p", "no:cacheprovider").assert_outcomes(passed=1)


def test_the_top_level_has_only_the_listed_files():
    if not (ROOT / ".git").exists():
        names = [path.name for path in ROOT.iterdir()]
    else:
        completed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True)
        names = [line.split("/")[0] for line in completed.stdout.splitlines()]
    allowed = {
        "explorer",
        "resources",
        "tests",
        "pyproject.toml",
        "README.md",
        "LICENSE",
        "CONTRIBUTING.md",
        "CHANGELOG.md",
    }
    assert {name for name in names if not name.startswith(".")} - {"build", "dist"} <= allowed


def test_the_window_imports_neither_tensorflow_nor_sympy():
    code = (
        "import os, sys; os.environ['QT_QPA_PLATFORM'] = 'offscreen'\n"
        "from explorer.app import create_main_window\n"
        "window = create_main_window(); window.sessions.client.stop()\n"
        "print([name for name in ('tensorflow', 'keras', 'sympy') if name in sys.modules])"
    )
    path = {} if os.environ.get("REQUIRE_INSTALLED") else {"PYTHONPATH": str(ROOT)}
    completed = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env={**os.environ, **path}
    )
    assert completed.stdout.strip() == "[]"


def test_contributing_names_files_that_exist():
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    rooms = {"core", "engine", "session", "views", "commands"}
    named = re.findall(r"`((?:core|engine|session|views|commands|tests|resources)/[\w/.]+)`", text)
    assert len(named) > 50
    paths = [Path("explorer", name) if name.split("/")[0] in rooms else Path(name) for name in named]
    assert [str(path) for path in paths if "NAME" not in path.parts and not (ROOT / path).exists()] == []
