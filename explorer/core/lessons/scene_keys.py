"""What a scene of a lesson may set: all keys in one list, each with what it says and how it is checked. No Qt."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from explorer.core.autodiff.higher_order import MAX_ORDER
from explorer.core.errors import ExpressionError
from explorer.core.expression.names import ascii_name
from explorer.core.expression.parser import parse
from explorer.core.expression.shapes import check_shapes
from explorer.core.expression.values import as_array, bind, unknown_variable
from explorer.core.settings import SETTINGS as WINDOW
from explorer.core.settings import Setting
from explorer.core.syntax_tree import Program
from explorer.core.training.settings import SETTINGS as TRAINING

TABS = ("autodiff", "data", "training", "weights", "activations", "network")

PANELS = ("chain", "plot", "inputs")
"""What stands beside the graph, and can be hidden."""

WAYS = ("chain", "forward", "paths")
"""Ways to a gradient, one of which stands above the plot."""

SOURCES = ("auto", "sample", "mnist", "fashion")

LAST = "last"
"""As a step or a moment: the one at the end."""


@dataclass(frozen=True)
class SceneKey:
    """One key. ``check`` returns the value that is kept, and raises ValueError with the end of a sentence."""

    key: str
    says: str
    check: Callable[[Any], Any]


def _one_of(*choices: str) -> Callable[[Any], Any]:
    def check(value: Any) -> Any:
        if value not in choices or not isinstance(value, str):
            raise ValueError(f"must be one of {', '.join(choices)}")
        return value

    return check


def _text(value: Any) -> str:
    if not isinstance(value, str) or "\n" in value:
        raise ValueError('must be a text in one line, such as "sin(2*x)"; statements are separated by ;')
    return value


def _name(value: Any) -> str:
    if not isinstance(value, str) or "\n" in value:
        raise ValueError("must be a text in quotes")
    return value


def _formula(value: Any) -> str:
    text = _text(value)
    if text.strip():
        parse(text)
    return text


def _switch(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError("must be true or false")
    return value


def _whole(low: int, high: int) -> Callable[[Any], int]:
    def check(value: Any) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            raise ValueError(f"must be a whole number from {low:,} to {high:,}")
        return value

    return check


def _step(value: Any) -> int | str:
    if value == LAST:
        return LAST
    try:
        return _whole(0, 100_000)(value)
    except ValueError:
        raise ValueError(f'must be a whole number from 0 to 100,000, or "{LAST}"') from None


def _range(value: Any) -> tuple[str | float, str | float]:
    if not isinstance(value, list) or len(value) != 2:
        raise ValueError('must be two ends, such as ["-2*pi", "2*pi"]')
    ends = []
    for end in value:
        if isinstance(end, bool) or not isinstance(end, int | float | str):
            raise ValueError('must be two ends, such as ["-2*pi", "2*pi"]')
        ends.append(float(as_array(end, "an end")))
    if not all(math.isfinite(end) for end in ends):
        raise ValueError("must have two finite ends")
    if not ends[0] < ends[1]:
        raise ValueError("must begin below its end")
    return value[0], value[1]


def _panels(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or any(name not in PANELS for name in value):
        raise ValueError(f"must be a list of some of {', '.join(PANELS)}")
    return tuple(value)


def _names(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or any(not isinstance(name, str) for name in value) or len(value) > MAX_ORDER:
        raise ValueError(f'must be a list of up to {MAX_ORDER} variables, such as ["x"]')
    return tuple(ascii_name(name) for name in value)


def _table(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError("must be a table, such as { x = 1, y = 2 }")
    return value


def _train(value: Any) -> dict[str, Any]:
    for key, given in _table(value).items():
        if key not in TRAINING:
            raise ValueError(f"knows no {key}; there is {', '.join(TRAINING)}")
        kept = TRAINING[key].checked(given)
        if kept != given:
            raise ValueError(f"cannot have {key} = {given!r}{_possible(TRAINING[key])}")
    return dict(value)


def _possible(setting: Setting) -> str:
    """What a setting may be, as the end of a sentence."""
    if setting.choices:
        return f"; there is {', '.join(map(str, setting.choices))}"
    return f"; it may be from {setting.low:g} to {setting.high:g}" if setting.high is not None else ""


def _indices(value: Any) -> tuple[int, ...]:
    if not isinstance(value, list) or not 1 <= len(value) <= 4:
        raise ValueError("must be a list of places, such as [2, 5]: the layer, then the place in its output")
    return tuple(_whole(0, 1_000_000)(place) for place in value)


KEYS = {
    row.key: row
    for row in (
        SceneKey("tab", "the tab in front", _one_of(*TABS)),
        SceneKey("expression", "what stands in the line", _text),
        SceneKey("at", "values of its variables", _table),
        SceneKey("dtype", "the precision", _one_of("float32", "float64")),
        SceneKey("again", "the variables along which it is differentiated before", _names),
        SceneKey("way", "the chain rule, forward mode, or paths", _one_of(*WAYS)),
        SceneKey("pass", "which pass is walked", _one_of("backward", "forward")),
        SceneKey("step", "the step of that pass", _step),
        SceneKey("select", "the op or tensor that is selected", _name),
        SceneKey("depth", "how much of the graph", _one_of("concept", "full")),
        SceneKey("direction", "top-down or left-to-right", _one_of("TB", "LR")),
        SceneKey("hide", "whether new numbers stand as ?", _switch),
        SceneKey("variable", "the variable on the plot's axis", _name),
        SceneKey("range", "the plot's range", _range),
        SceneKey("points", "points of the curve", _whole(2, 20_000_000)),
        SceneKey("first", "whether the derivative is plotted", _switch),
        SceneKey("second", "whether the second derivative is plotted", _switch),
        SceneKey("overlay", "a second expression over the plot", _formula),
        SceneKey("claim", "what the derivative is said to be everywhere", _formula),
        SceneKey("panels", "what stands beside the graph", _panels),
        SceneKey("data", "the images in use: a name, or an .npz file beside the lesson", _name),
        SceneKey("part", "images to train on, or those that validate", _one_of("train", "validation")),
        SceneKey("digit", "the only digit that is shown", _whole(0, 9)),
        SceneKey("image", "the number of the image shown large", _whole(0, 10_000_000)),
        SceneKey("train", "settings of a training run that this scene needs", _train),
        SceneKey("network", "a .keras file beside the lesson", _name),
        SceneKey("layer", "the layer that is looked into, by its place", _whole(0, 1000)),
        SceneKey("moment", "the step of training whose weights are shown", _step),
        SceneKey("unit", "the number of a layer that is explained", _indices),
        SceneKey("output", "the output whose gradient is shown", _whole(0, 9)),
    )
}
"""By key. What a scene leaves out is as in a new window: a scene looks the same from wherever one comes to it."""


_LIST = ", ".join(KEYS)


def program_of(shows: Mapping[str, Any]) -> Program | None:
    """Return the checked tree of a scene's expression; raises ExpressionError where its values do not fit."""
    text = shows.get("expression", "")
    if not text.strip():
        return None
    program = parse(text)
    values = bind(program, shows.get("at", {}))
    check_shapes(program, {name: value.shape for name, value in values.items()})
    for name in shows.get("again", ()):
        if name not in program.variables:
            raise unknown_variable(name, program.variables)
    return program


def in_folder(folder: Path, key: str, value: str) -> None:
    """Check a value that may name a file of the lesson's folder; raises ValueError, with a whole sentence."""
    try:
        if key == "network":
            file_beside(folder, value, (".keras",))
        elif key == "data" and value not in SOURCES:
            file_beside(folder, value, (".npz",))
    except ValueError as error:
        names = f"; without a file there is {', '.join(SOURCES)}" if key == "data" else ""
        raise ValueError(f"{key}: {error}{names}.") from error


def file_beside(folder: Path, name: str, ending: tuple[str, ...]) -> Path:
    """Return the path of a file in the lesson's folder; raises ValueError for one outside of it, or that is not there.

    Links are followed first: one that leads out of the folder is outside.
    """
    if "\0" in name or "://" in name or "\\" in name or Path(name).is_absolute():
        raise ValueError(f"{name!r} is no file in the lesson's folder")
    path, home = (folder / name).resolve(), folder.resolve()
    if not path.is_relative_to(home):
        raise ValueError(f"{name!r} is not in the lesson's folder: a lesson reads no other file")
    if path.suffix.lower() not in ending:
        raise ValueError(f"{name!r} does not end in {' or '.join(ending)}")
    if not path.is_file():
        raise ValueError(f"{name!r} is not there")
    return path


def checked(key: str, value: Any) -> Any:
    """Return what is kept of a key's value; raises ValueError, with a whole sentence, for what is none."""
    if (row := KEYS.get(key)) is None:
        near = get_close_matches(key, KEYS, n=1)
        raise ValueError(f"A scene has no {key}; {f'did you mean {near[0]}?' if near else f'it knows {_LIST}.'}")
    try:
        return row.check(value)
    except ExpressionError as error:
        raise ValueError(f"{key}: {error.message}") from error
    except ValueError as error:
        raise ValueError(f"{key} {error}.") from error


def defaults() -> dict[str, Any]:
    """Return what a scene shows that says nothing: as a new window, but with no choice of the user's in it."""
    return {
        "tab": "autodiff", "expression": "", "at": {}, "again": (), "way": WAYS[0], "pass": "backward", "step": 0,
        "select": "", "hide": False,
        "dtype": WINDOW["dtype"].default, "depth": WINDOW["depth"].default, "direction": WINDOW["direction"].default,
        "variable": "", "range": ("-pi", "pi"), "points": int(WINDOW["points"].default), "first": True, "second": False,
        "overlay": "", "claim": "", "panels": PANELS, "data": "sample", "part": "train", "image": 0,
        "network": "", "moment": LAST,
    }  # fmt: skip
