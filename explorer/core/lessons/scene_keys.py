"""The keys that a scene of a lesson may set, each with a description and a check of its values."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from explorer.core.autodiff.higher_order import MAX_ORDER
from explorer.core.autodiff.output_choice import SUM, OutputChoice, output_of_program, parse_output
from explorer.core.errors import ExpressionError
from explorer.core.expression.names import ascii_name
from explorer.core.expression.parser import parse
from explorer.core.expression.shapes import check_shapes
from explorer.core.expression.values import as_array, bind, unknown_variable
from explorer.core.models.user_network import LAYER_KINDS, MAX_LAYERS
from explorer.core.settings import SETTINGS as WINDOW
from explorer.core.settings import Setting
from explorer.core.syntax_tree import Program
from explorer.core.training.settings import TRAINING_SETTINGS as TRAINING

TABS = ("autodiff", "data", "training", "weights", "activations", "network")

PANELS = ("chain", "plot", "inputs")
"""Panels beside the graph that can be hidden."""

METHODS = ("chain", "forward", "paths")
"""Methods to compute a gradient, of which one is shown above the plot. The key in lessons is ``way``."""

DATA_SOURCES = ("auto", "sample", "mnist", "fashion")
"""Names of data sets that are not files."""

LAST_STEP = "last"
"""Value of ``step`` and ``moment`` for the last one."""


@dataclass(frozen=True)
class SceneKey:
    """A key of a scene. ``check`` returns a valid value, and raises ValueError with the rest of a message."""

    key: str
    description: str
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


def _expression(value: Any) -> str:
    text = _text(value)
    if text.strip():
        parse(text)
    return text


def _switch(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError("must be true or false")
    return value


def _integer(low: int, high: int) -> Callable[[Any], int]:
    def check(value: Any) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            raise ValueError(f"must be a whole number from {low:,} to {high:,}")
        return value

    return check


def _step(value: Any) -> int | str:
    if value == LAST_STEP:
        return LAST_STEP
    try:
        return _integer(0, 100_000)(value)
    except ValueError:
        raise ValueError(f'must be a whole number from 0 to 100,000, or "{LAST_STEP}"') from None


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
        if key == "layers":
            _check_layers(given)
        elif TRAINING[key].validated(given) != given:
            raise ValueError(f"cannot have {key} = {given!r}{_allowed_values(TRAINING[key])}")
    return {key: TRAINING[key].validated(given) for key, given in value.items()}


def _check_layers(value: Any) -> None:
    """Check the layers of a network of the lecturer's; an option that is left out has its default."""
    if not isinstance(value, list) or len(value) > MAX_LAYERS:
        raise ValueError(f'must have layers = a list of up to {MAX_LAYERS} layers, such as [{{ kind = "Flatten" }}]')
    for number, layer in enumerate(value, 1):
        kind = LAYER_KINDS.get(str(layer.get("kind"))) if isinstance(layer, dict) else None
        if kind is None:
            raise ValueError(f"cannot have this layer {number}; its kind must be one of {', '.join(LAYER_KINDS)}")
        options = {option.key: option for option in kind.options}
        for key, given in layer.items():
            if key == "kind":
                continue
            if key not in options:
                known = f"it knows {', '.join(options)}" if options else "it has no options"
                raise ValueError(f"cannot have {key} in layer {number}, {kind.key}; {known}")
            if options[key].validated(given) != given:
                raise ValueError(
                    f"cannot have {key} = {given!r} in layer {number}, {kind.key}{_allowed_values(options[key])}"
                )


def _allowed_values(setting: Setting) -> str:
    """Return the rest of a message: which values a setting may have."""
    if setting.choices:
        return f"; there is {', '.join(map(str, setting.choices))}"
    return f"; it may be from {setting.low:g} to {setting.high:g}" if setting.high is not None else ""


def _output(value: Any) -> int | str:
    """Return an entry of a vector as a number, and any other choice as text."""
    try:
        choice = parse_output(value)
    except ExpressionError:
        raise ValueError('must be an entry such as 1 or "0,1", weights such as [1, 2], or "sum"') from None
    return choice.entry[0] if choice.entry is not None and len(choice.entry) == 1 else choice.text


def scene_output(view_keys: Mapping[str, Any]) -> OutputChoice:
    """Return which output of its expression a scene differentiates."""
    return parse_output(view_keys.get("output")) if view_keys.get("tab", "autodiff") != "activations" else SUM


def _indices(value: Any) -> tuple[int, ...]:
    if not isinstance(value, list) or not 1 <= len(value) <= 4:
        raise ValueError("must be a list of places, such as [2, 5]: the layer, then the place in its output")
    return tuple(_integer(0, 1_000_000)(index) for index in value)


SCENE_KEYS = {
    row.key: row
    for row in (
        SceneKey("tab", "the current tab", _one_of(*TABS)),
        SceneKey("expression", "the expression", _text),
        SceneKey("at", "values of its variables", _table),
        SceneKey("dtype", "the precision", _one_of("float32", "float64")),
        SceneKey("again", "the variables by which it is differentiated first", _names),
        SceneKey("way", "the chain rule, forward mode, or paths", _one_of(*METHODS)),
        SceneKey("pass", "the pass that is stepped through", _one_of("backward", "forward")),
        SceneKey("step", "the step of that pass", _step),
        SceneKey("select", "the op or tensor that is selected", _name),
        SceneKey("depth", "concept graph or full graph", _one_of("concept", "full")),
        SceneKey("direction", "top-down, left-to-right, or what fits the window", _one_of("auto", "TB", "LR")),
        SceneKey("hide", "whether new numbers are hidden", _switch),
        SceneKey("variable", "the variable on the plot's axis", _name),
        SceneKey("range", "the plot's range", _range),
        SceneKey("points", "points of the curve", _integer(2, 20_000_000)),
        SceneKey("first", "whether the derivative is plotted", _switch),
        SceneKey("second", "whether the second derivative is plotted", _switch),
        SceneKey("overlay", "a second expression over the plot", _expression),
        SceneKey("claim", "the claimed derivative", _expression),
        SceneKey("panels", "the visible panels", _panels),
        SceneKey("data", "the data set: a name, or an .npz file beside the lesson", _name),
        SceneKey("part", "training or validation images", _one_of("train", "validation")),
        SceneKey("digit", "the only digit that is shown", _integer(0, 9)),
        SceneKey("image", "the number of the image shown large", _integer(0, 10_000_000)),
        SceneKey("train", "settings of the training run that the scene needs", _train),
        SceneKey("network", "a .keras file beside the lesson", _name),
        SceneKey("layer", "the index of the layer", _integer(0, 1000)),
        SceneKey("moment", "the step of training whose weights are shown", _step),
        SceneKey("unit", "the index of the unit that is explained", _indices),
        SceneKey("live", "whether the numbers in its text follow the sliders", _switch),
        SceneKey("output", "the output that is differentiated: of the expression, or of the network", _output),
    )
}
"""By key. A key that a scene does not set has its default, so that a scene looks the same after any other scene."""

_LIST = ", ".join(SCENE_KEYS)


def scene_program(view_keys: Mapping[str, Any]) -> Program | None:
    """Return the checked tree of a scene's expression, None for an empty one.

    Raises
    ------
    ExpressionError : if the expression, its values, the variables of ``again`` or the output are not valid.
    """
    text = view_keys.get("expression", "")
    if view_keys.get("tab") == "activations" and view_keys.get("output", 0) not in range(10):
        raise ExpressionError("for a network it must be a digit from 0 to 9, without quotation marks.")
    if not text.strip():
        return None
    program = parse(text)
    values = bind(program, view_keys.get("at", {}))
    check_shapes(program, {name: value.shape for name, value in values.items()})
    for name in view_keys.get("again", ()):
        if name not in program.variables:
            raise unknown_variable(name, program.variables)
    output_of_program(program, values, view_keys.get("again", ()), scene_output(view_keys))
    return program


def check_file_value(folder: Path, key: str, value: str) -> None:
    """Check a value that may name a file in the lesson's folder; raises ValueError with a complete message."""
    try:
        if key == "network":
            resolve_lesson_file(folder, value, (".keras",))
        elif key == "data" and value not in DATA_SOURCES:
            resolve_lesson_file(folder, value, (".npz",))
    except ValueError as error:
        names = f"; without a file there is {', '.join(DATA_SOURCES)}" if key == "data" else ""
        raise ValueError(f"{key}: {error}{names}.") from error


def resolve_lesson_file(folder: Path, name: str, suffixes: tuple[str, ...]) -> Path:
    """Return the path of a file in the lesson's folder, with links resolved.

    Raises
    ------
    ValueError : if the file is outside the folder, has another suffix or does not exist.
    """
    if "\0" in name or "://" in name or "\\" in name or Path(name).is_absolute():
        raise ValueError(f"{name!r} is no file in the lesson's folder")
    path, home = (folder / name).resolve(), folder.resolve()
    if not path.is_relative_to(home):
        raise ValueError(f"{name!r} is not in the lesson's folder: a lesson reads no other file")
    if path.suffix.lower() not in suffixes:
        raise ValueError(f"{name!r} does not end in {' or '.join(suffixes)}")
    if not path.is_file():
        raise ValueError(f"{name!r} is not there")
    return path


def check_value(key: str, value: Any) -> Any:
    """Return the checked value of a key; raises ValueError with a complete message."""
    if (row := SCENE_KEYS.get(key)) is None:
        near = get_close_matches(key, SCENE_KEYS, n=1)
        raise ValueError(f"A scene has no {key}; {f'did you mean {near[0]}?' if near else f'it knows {_LIST}.'}")
    try:
        return row.check(value)
    except ExpressionError as error:
        raise ValueError(f"{key}: {error.message}") from error
    except ValueError as error:
        raise ValueError(f"{key} {error}.") from error


def default_view_state() -> dict[str, Any]:
    """Return the state of the window in a scene without keys: that of a new window with default settings."""
    return {
        "tab": "autodiff", "expression": "", "at": {}, "again": (), "way": METHODS[0], "pass": "backward", "step": 0,
        "select": "", "hide": False,
        "dtype": WINDOW["dtype"].default, "depth": WINDOW["depth"].default, "direction": WINDOW["direction"].default,
        "variable": "", "range": ("-pi", "pi"), "points": int(WINDOW["points"].default), "first": True, "second": False,
        "overlay": "", "claim": "", "panels": PANELS, "data": "sample", "part": "train", "image": 0,
        "network": "", "moment": LAST_STEP, "live": False,
    }  # fmt: skip
