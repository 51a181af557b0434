"""The commands. Heavy rooms are imported by the command that needs them, so that each starts fast."""

import argparse
import io
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from explorer.core.errors import ExpressionError
from explorer.core.scene import TABS
from explorer.core.training import MODELS, OPTIMIZERS

if TYPE_CHECKING:
    from explorer.core.lesson import Lesson

EXAMPLE = "sin(2*x)"
COMMANDS = ("explain", "draw", "snapshot", "train", "lesson")
GRAPH_FORMATS = (".svg", ".png", ".pdf", ".dot")


class CommandError(Exception):
    """Bad input on the command line: one sentence for standard error, exit status 2."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise CommandError(message)


def run(arguments: Sequence[str]) -> int:
    """Run one command and return its exit status; bad input is one line on standard error and 2."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a console without × must not end the program
    try:
        if arguments and arguments[0] in COMMANDS:
            command, rest = arguments[0], arguments[1:]
        else:
            command, rest = "window", arguments
        parser = _parsers()[command]
        return int(_RUN[command](parser.parse_args(_shield(parser, rest))))
    except (CommandError, ExpressionError) as error:
        column = getattr(error, "column", None)
        place = f" (column {column})" if column is not None else ""
        print(f"autodiff-explorer: {error}{place}".replace("\n", " "), file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # The reader of our output has gone (`| head`): there is nobody left to tell.
        sys.stderr.close()
        return 0


def _shield(parser: argparse.ArgumentParser, arguments: Sequence[str]) -> list[str]:
    """Let an expression begin with ``-``: what is no option of ours is shielded by a leading blank."""
    known = parser._option_string_actions
    return [
        f" {text}" if text.startswith("-") and text not in {"-", "--"} and text.split("=")[0] not in known else text
        for text in arguments
    ]


def _parsers() -> dict[str, _Parser]:
    window = _Parser(
        prog="autodiff-explorer",
        allow_abbrev=False,
        description="Watch TensorFlow differentiate, step by step, on TensorFlow's own graph.",
        epilog="Other commands: explain, draw, snapshot, train, lesson; each has --help.",
    )
    window.add_argument("expression", nargs="?", help="what to begin with: 'sin(2*x)', or a lesson, FILE.md")
    _at(window)
    _look(window)
    window.add_argument("--check", action="store_true", help="say before class whether everything is in place")

    explain = _Parser(prog="autodiff-explorer explain", allow_abbrev=False, description="Explain a gradient in text.")
    explain.add_argument("expression", nargs="?")
    _at(explain)
    explain.add_argument("--wrt", metavar="x,y", help="only these variables")
    explain.add_argument("--json", action="store_true", help="one line of JSON")
    explain.add_argument("--batch", metavar="FILE", help="one JSON request a line, - for standard input")

    draw = _Parser(prog="autodiff-explorer draw", allow_abbrev=False, description="Draw the graph into a file.")
    draw.add_argument("expression")
    draw.add_argument("-o", "--output", required=True, metavar="FILE", help="FILE.svg, .png, .pdf or .dot")
    _at(draw)
    draw.add_argument("--step", type=_whole, default=0, metavar="K", help="step of the backward pass, 0 at first")
    draw.add_argument("--depth", choices=("concept", "full"), default="concept")
    draw.add_argument("--theme", choices=("light", "dark", "contrast"), default="light")

    snapshot = _Parser(
        prog="autodiff-explorer snapshot", allow_abbrev=False, description="Save a picture of the main window."
    )
    snapshot.add_argument("expression", nargs="?", default=EXAMPLE)
    snapshot.add_argument("-o", "--output", required=True, metavar="FILE.png")
    _at(snapshot)
    _look(snapshot)
    snapshot.add_argument("--tab", choices=TABS, default="autodiff")
    snapshot.add_argument("--model", metavar="FILE.keras", help="the network to look into, or one to train: mlp, cnn …")
    snapshot.add_argument("--lesson", metavar="FILE.md", help="open a lesson beside it; its first scene, or --scene")
    snapshot.add_argument("--scene", type=_count, default=1, metavar="N", help="scene of the lesson, from 1")
    snapshot.add_argument("--sample", type=_whole, metavar="N", help="number of the image that is shown")
    snapshot.add_argument("--scale", type=_scale, default=1.0, help="device pixels for each pixel, up to 4")
    snapshot.add_argument("--step", type=_whole, default=0, metavar="K", help="step of the pass")
    snapshot.add_argument("--pass", dest="pass_", choices=("backward", "forward"), default="backward")
    snapshot.add_argument("--depth", choices=("concept", "full"), default="concept")
    snapshot.add_argument("--direction", choices=("TB", "LR"), default="TB", help="top-down or left-to-right")
    lesson = _Parser(prog="autodiff-explorer lesson", allow_abbrev=False, description="Look after lessons.")
    lesson.add_argument("action", choices=("check",), help="check: say what is wrong, and in which line")
    lesson.add_argument("file", metavar="FILE.md")
    return {
        "window": window, "explain": explain, "draw": draw, "snapshot": snapshot, "train": _train_parser(),
        "lesson": lesson,
    }  # fmt: skip


def _train_parser() -> _Parser:
    train = _Parser(prog="autodiff-explorer train", allow_abbrev=False, description="Train a network on MNIST.")
    train.add_argument("model", choices=MODELS)
    train.add_argument("--data", default="auto", metavar="auto|sample|mnist|fashion|FILE.npz", help="what to train on")
    train.add_argument("--epochs", type=_count, metavar="N")
    train.add_argument("--batch-size", type=_count, metavar="N")
    train.add_argument("--optimizer", choices=OPTIMIZERS)
    train.add_argument("--learning-rate", type=_rate, metavar="F")
    train.add_argument("--seed", type=_whole, metavar="N")
    train.add_argument("--out", metavar="FILE.keras", help="save the trained network")
    train.add_argument("--json", action="store_true", help="end with one line of JSON")
    return train


def _at(parser: _Parser) -> None:
    parser.add_argument("--at", default="", metavar="x=1,y=2", help="values of variables, others are 1")
    parser.add_argument("--dtype", choices=("float32", "float64"), default="float32")


def _look(parser: _Parser) -> None:
    parser.add_argument("--theme", choices=("light", "dark", "contrast"))
    parser.add_argument("--size", type=_size, metavar="WxH", help="size of the window, for example 1280x720")


def _whole(text: str) -> int:
    if not re.fullmatch(r"\d{1,6}", text):
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number from 0")
    return int(text)


def _count(text: str) -> int:
    if not re.fullmatch(r"[1-9]\d{0,5}", text):
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number from 1")
    return int(text)


def _rate(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value <= 100:
        raise argparse.ArgumentTypeError(f"{text!r} is no learning rate above 0")
    return value


def _scale(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0.5 <= value <= 4:
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 0.5 to 4")
    return value


def _size(text: str) -> tuple[int, int]:
    match = re.fullmatch(r"(\d{3,5})x(\d{3,5})", text)
    if match is None:
        raise argparse.ArgumentTypeError(f"{text!r} is no size such as 1280x720")
    return int(match[1]), int(match[2])


def _check_text(options: argparse.Namespace) -> None:
    """Refuse a wrong expression or wrong values before anything slow is started."""
    from explorer.core.parse import parse
    from explorer.core.shapes import check_shapes
    from explorer.core.values import bind, parse_at

    program = parse(options.expression.strip())
    values = bind(program, parse_at(options.at))
    check_shapes(program, {name: value.shape for name, value in values.items()})


def _window(options: argparse.Namespace) -> int:
    if options.check:
        from explorer.check import run as check

        return check()
    from explorer.display import has_display, missing_library

    lesson = _lesson_file(options.expression)
    if lesson is not None:
        options.expression = None
    if options.expression is not None:
        _check_text(options)
    reason = None if has_display() else "There is no display"
    if reason is None and (sentence := missing_library()) is not None:
        print(sentence, file=sys.stderr)
        reason = "The window cannot be opened"
    if reason is not None:
        return _without_window(options, reason) if lesson is None else _read_aloud(lesson, reason)
    from explorer.window import run_window

    return run_window(options.expression, options.at, options.dtype, options.theme, options.size, lesson)


def _lesson_file(text: str | None) -> Path | None:
    """Return the path of the lesson that is named instead of an expression, None where it is none.

    It is checked here, so that a wrong file is one line on standard error and no window.
    """
    if text is None or not text.strip().endswith(".md"):
        return None
    path = Path(text.strip())
    _checked_lesson(path)
    return path


def _checked_lesson(path: Path) -> "Lesson":
    from explorer.core.lesson import LessonError, load_lesson

    try:
        return load_lesson(path)
    except LessonError as error:
        raise CommandError(f"{path}: {error}") from error


def _read_aloud(path: Path, reason: str) -> int:
    """Print a lesson where no window can show it."""
    lesson = _checked_lesson(path)
    print(f"{reason}, so here is the text of the lesson.\n\n{lesson.title}")
    for number, scene in enumerate(lesson.scenes, 1):
        shown = scene.shows.get("expression") or scene.view["tab"]
        print(f"\n{number}. {scene.title}   ({shown})\n\n{scene.text}")
    return 0


def _counted(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"


def _lesson(options: argparse.Namespace) -> int:
    from explorer.core.lesson import LessonError, load_lesson

    path = Path(options.file)
    try:
        lesson = load_lesson(path)
    except LessonError as error:
        for problem in error.problems:
            print(f"{path}:{problem.line}: {problem.says}", file=sys.stderr)
        return 2
    exercises = sum(scene.exercise is not None for scene in lesson.scenes)
    counts = f"{_counted(len(lesson.scenes), 'scene')}, {_counted(exercises, 'exercise')}"
    print(f"{path}: {lesson.title}: {counts}, nothing is wrong.")
    return 0


def _without_window(options: argparse.Namespace, reason: str) -> int:
    """Explain and draw instead of opening a window: the first command must say something useful everywhere."""
    options.expression = (options.expression or EXAMPLE).strip()
    print(f"{reason}, so here is the explanation of {options.expression} as text.\n", flush=True)
    options.batch, options.json, options.wrt = None, False, None
    status = _explain(options)
    picture = Path("autodiff-explorer.png").resolve()
    try:
        from explorer.snapshot import take_snapshot

        take_snapshot(
            options.expression, picture, at=options.at, dtype=options.dtype, theme=options.theme, size=options.size
        )
    except (ImportError, OSError) as error:
        print(f"\nNo picture of the window could be written: {error}.")
    else:
        print(f"\nA picture of the window: {picture}")
    return status


def _explain(options: argparse.Namespace) -> int:
    from explorer.explain import run as explain

    return explain(options)


def _draw(options: argparse.Namespace) -> int:
    target = Path(options.output)
    if target.suffix.lower() not in GRAPH_FORMATS:
        raise CommandError(f"{options.output}: the file's name must end in {', '.join(GRAPH_FORMATS)}")
    _check_target(target)
    _check_text(options)
    from explorer.window import draw

    draw(
        options.expression.strip(),
        target,
        at=options.at,
        dtype=options.dtype,
        step=options.step,
        depth=options.depth,
        theme=options.theme,
    )
    return 0


def _snapshot(options: argparse.Namespace) -> int:
    target = Path(options.output)
    if target.suffix.lower() != ".png":
        raise CommandError(f"{options.output}: the picture's name must end in .png")
    _check_target(target)
    _check_text(options)
    if options.lesson is not None:
        scenes = len(_checked_lesson(Path(options.lesson)).scenes)
        if options.scene > scenes:
            raise CommandError(f"{options.lesson} has {scenes} scenes, so there is no scene {options.scene}")
    from explorer.snapshot import take_snapshot

    take_snapshot(
        options.expression.strip(),
        target,
        tab=options.tab,
        model=options.model,
        sample=options.sample,
        lesson=options.lesson,
        scene=options.scene,
        at=options.at,
        dtype=options.dtype,
        theme=options.theme,
        size=options.size,
        scale=options.scale,
        step=options.step,
        depth=options.depth,
        direction=options.direction,
        pass_=options.pass_,
    )
    return 0


def _train(options: argparse.Namespace) -> int:
    from explorer.core.dataset import DataError
    from explorer.train import run as train

    try:
        return train(options)
    except DataError as error:
        raise CommandError(str(error)) from error
    except OSError as error:
        raise CommandError(f"{options.out} cannot be written: {error.strerror or error}") from error
    except RuntimeError as error:
        # A run that cannot go on says why in a sentence; anything else is a bug and shows itself.
        if type(error).__name__ != "TrainingError":
            raise
        raise CommandError(str(error)) from error


def _check_target(target: Path) -> None:
    if not target.parent.is_dir():
        raise CommandError(f"the folder {target.parent} does not exist")


_RUN = {
    "window": _window, "explain": _explain, "draw": _draw, "snapshot": _snapshot, "train": _train, "lesson": _lesson,
}  # fmt: skip
