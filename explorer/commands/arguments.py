"""The options of each command, and what is refused before anything is started."""

import argparse
import re
from collections.abc import Callable
from typing import NoReturn

from explorer.core.lessons.scene_keys import TABS, WAYS
from explorer.core.training.settings import MODELS, OPTIMIZERS, SETTINGS

EXAMPLE = "sin(2*x)"
THEMES = ("light", "dark", "contrast")


class CommandError(Exception):
    """Bad input on the command line: one sentence for standard error, exit status 2."""


class Parser(argparse.ArgumentParser):
    """Raises CommandError where argparse would end the process."""

    def error(self, message: str) -> NoReturn:
        """Refuse the arguments."""
        raise CommandError(message)


def parsers() -> dict[str, Parser]:
    """Return the parser of each command, by its name; ``window`` is the one without a name."""
    window = Parser(
        prog="autodiff-explorer",
        allow_abbrev=False,
        description="Watch TensorFlow differentiate, step by step, on TensorFlow's own graph.",
        epilog="Other commands: explain, draw, snapshot, worksheet, train, graph, lesson; each has --help.",
    )
    window.add_argument("expression", nargs="?", help="what to begin with: 'sin(2*x)', or a lesson, FILE.md")
    _at(window)
    _look(window)
    window.add_argument("--tour", action="store_true", help="begin with the tour of four stops")
    window.add_argument("--check", action="store_true", help="say before class whether everything is in place")
    window.add_argument("--install-desktop", action="store_true", help="put the program into a Linux desktop's menu")

    explain = Parser(prog="autodiff-explorer explain", allow_abbrev=False, description="Explain a gradient in text.")
    explain.add_argument("expression", nargs="?")
    _at(explain)
    _again(explain)
    explain.add_argument("--wrt", metavar="x,y", help="only these variables")
    explain.add_argument("--json", action="store_true", help="one line of JSON")
    explain.add_argument("--batch", metavar="FILE", help="one JSON request a line, - for standard input")

    draw = Parser(prog="autodiff-explorer draw", allow_abbrev=False, description="Draw the graph into a file.")
    draw.add_argument("expression")
    draw.add_argument(
        "-o", "--output", required=True, metavar="FILE", help="FILE.svg, .png, .pdf, .dot, .html, .tex or .gif"
    )
    _at(draw)
    _again(draw)
    draw.add_argument("--step", type=_whole, default=0, metavar="K", help="step of the backward pass, 0 at first")
    draw.add_argument("--depth", choices=("concept", "full"), default="concept")
    draw.add_argument("--theme", choices=THEMES, help="light at first; a page in HTML follows its reader's wish")

    snapshot = Parser(
        prog="autodiff-explorer snapshot", allow_abbrev=False, description="Save a picture of the main window."
    )
    snapshot.add_argument("expression", nargs="?", default=EXAMPLE)
    snapshot.add_argument("-o", "--output", required=True, metavar="FILE.png")
    _at(snapshot)
    _look(snapshot)
    _again(snapshot)
    snapshot.add_argument("--way", choices=WAYS, default=WAYS[0], help="what stands above the plot")
    snapshot.add_argument("--tab", choices=TABS, default="autodiff")
    snapshot.add_argument("--model", metavar="FILE.keras", help="the network to look into, or one to train: mlp, cnn …")
    snapshot.add_argument("--lesson", metavar="FILE.md", help="open a lesson beside it; its first scene, or --scene")
    snapshot.add_argument("--scene", type=_between(1, 999), default=1, metavar="N", help="scene of the lesson, from 1")
    snapshot.add_argument("--sample", type=_whole, metavar="N", help="number of the image that is shown")
    snapshot.add_argument("--scale", type=_scale, default=1.0, help="device pixels for each pixel, up to 4")
    snapshot.add_argument("--step", type=_whole, default=0, metavar="K", help="step of the pass")
    snapshot.add_argument("--pass", dest="pass_", choices=("backward", "forward"), default="backward")
    snapshot.add_argument("--depth", choices=("concept", "full"), default="concept")
    snapshot.add_argument("--direction", choices=("TB", "LR"), default="TB", help="top-down or left-to-right")
    lesson = Parser(prog="autodiff-explorer lesson", allow_abbrev=False, description="Look after lessons.")
    lesson.add_argument("action", choices=("check",), help="check: say what is wrong, and in which line")
    lesson.add_argument("file", metavar="FILE.md")
    return {
        "window": window,
        "explain": explain,
        "draw": draw,
        "snapshot": snapshot,
        "train": _train_parser(),
        "graph": _graph_parser(),
        "lesson": lesson,
        "worksheet": _worksheet_parser(),
    }


def _worksheet_parser() -> Parser:
    sheet = Parser(
        prog="autodiff-explorer worksheet",
        allow_abbrev=False,
        description="Make a worksheet: graphs with blanks for values, local derivatives and gradients.",
    )
    sheet.add_argument("expression", nargs="+", help="one exercise each: 'sin(2*x)' 'x*y + x'")
    sheet.add_argument("-o", "--output", required=True, metavar="FILE", help="FILE.pdf or .html")
    sheet.add_argument("--key", action="store_true", help="the same sheet with the answers filled in")
    sheet.add_argument("--seed", type=_whole, default=1, metavar="N", help="which values the variables have")
    return sheet


def _train_parser() -> Parser:
    train = Parser(prog="autodiff-explorer train", allow_abbrev=False, description="Train a network on MNIST.")
    train.add_argument("model", choices=MODELS)
    train.add_argument("--data", default="auto", metavar="auto|sample|mnist|fashion|FILE.npz", help="what to train on")
    train.add_argument("--epochs", type=_count("epochs"), metavar="N")
    train.add_argument("--batch-size", type=_count("batch_size"), metavar="N")
    train.add_argument("--optimizer", choices=OPTIMIZERS)
    train.add_argument("--learning-rate", type=_rate, metavar="F")
    train.add_argument("--seed", type=_count("seed"), metavar="N")
    train.add_argument("--out", metavar="FILE.keras", help="save the trained network")
    train.add_argument("--json", action="store_true", help="end with one line of JSON")
    return train


def _graph_parser() -> Parser:
    graph = Parser(
        prog="autodiff-explorer graph",
        allow_abbrev=False,
        description="Show TensorFlow's training graph of a network: forward pass, loss and backward pass.",
    )
    graph.add_argument("model", help="FILE.keras, one of perceptron, logistic, mlp, cnn, or keras:ResNet50")
    graph.add_argument("-o", "--output", metavar="FILE", help="FILE.svg, .png, .pdf or .dot")
    graph.add_argument("--level", type=_whole, default=0, metavar="N", help="open groups down to this level; 0: none")
    graph.add_argument("--open", action="append", nargs="+", default=[], metavar="GROUP", help="open these groups too")
    graph.add_argument("--theme", choices=THEMES, default="light")
    graph.add_argument("--json", action="store_true", help="end with one line of JSON")
    return graph


def _at(parser: Parser) -> None:
    parser.add_argument("--at", default="", metavar="x=1,y=2", help="values of variables, others are 1")
    parser.add_argument("--dtype", choices=("float32", "float64"), default="float32")


def _again(parser: Parser) -> None:
    parser.add_argument("--again", default="", metavar="x,x", help="differentiate along these before: f′, f″ …")


def _look(parser: Parser) -> None:
    parser.add_argument("--theme", choices=THEMES)
    parser.add_argument("--size", type=_size, metavar="WxH", help="size of the window, for example 1280x720")


def _whole(text: str) -> int:
    if not re.fullmatch(r"\d{1,6}", text):
        raise argparse.ArgumentTypeError(f"{text.strip()!r} is no whole number from 0")
    return int(text)


def _count(key: str) -> Callable[[str], int]:
    """Return what reads a whole number within the bounds of a setting of training."""
    return _between(int(SETTINGS[key].low or 0), int(SETTINGS[key].high or 0))


def _between(low: int, high: int) -> Callable[[str], int]:
    """Return what reads a whole number from ``low`` to ``high``."""

    def read(text: str) -> int:
        if not re.fullmatch(r"[0-9]{1,12}", text) or not low <= int(text) <= high:
            raise argparse.ArgumentTypeError(f"{text.strip()!r} is no whole number from {low:,} to {high:,}")
        return int(text)

    return read


def _rate(text: str) -> float:
    value = _number(text)
    if not 0 < value <= (SETTINGS["learning_rate"].high or 0):
        raise argparse.ArgumentTypeError(f"{text.strip()!r} is no learning rate above 0")
    return value


def _scale(text: str) -> float:
    value = _number(text)
    if not 0.5 <= value <= 4:
        raise argparse.ArgumentTypeError(f"{text.strip()!r} is no number from 0.5 to 4")
    return value


def _number(text: str) -> float:
    """Return a number, 0, which no option takes, where it is none."""
    try:
        return float(text)
    except ValueError:
        return 0.0


def _size(text: str) -> tuple[int, int]:
    match = re.fullmatch(r"(\d{3,5})x(\d{3,5})", text)
    if match is None:
        raise argparse.ArgumentTypeError(f"{text.strip()!r} is no size such as 1280x720")
    return int(match[1]), int(match[2])
