"""The options of each command, with checks that run before anything slow is imported."""

import argparse
import re
from collections.abc import Callable
from typing import Any, NoReturn

from explorer.core.errors import UserError
from explorer.core.expression.entry import INDICES
from explorer.core.lessons.scene_keys import METHODS, TABS
from explorer.core.training.settings import MODELS, OPTIMIZERS, TRAINING_SETTINGS

EXAMPLE = "sin(2*x)"
"""The expression that is used where none is given."""

_OUTPUT_CHOICE = re.compile(rf"\s*(sum|{INDICES}|\[.*\])\s*", re.IGNORECASE)
_OUTPUT_HELP = "the output to differentiate: sum (default), an entry from 0, 1 or 0,1, or weights of all, [1,2,3]"

THEMES = ("light", "dark", "contrast")


class CommandError(UserError):
    """Invalid input on the command line: one sentence for standard error, exit status 2."""


class Parser(argparse.ArgumentParser):
    """An argument parser that raises CommandError instead of exiting."""

    needs_file = False

    def parse_args(self, *arguments: Any, **keywords: Any) -> Any:
        """Return the options. Raises CommandError, also if the file that is to be written is missing."""
        options, unexpected = self.parse_known_args(*arguments, **keywords)
        if unexpected:
            words = " ".join(word.strip() for word in unexpected)
            self.error(f"{words}: one argument too many. An expression with blanks needs quotes: 'x + y'.")
        if self.needs_file and options.output is None:
            self.error("the following arguments are required: -o FILE")
        return options

    def error(self, message: str) -> NoReturn:
        """Raise CommandError."""
        raise CommandError(message)


def parsers() -> dict[str, Parser]:
    """Return the parser of each command by name; ``window`` is the command without a name."""
    return {
        "window": _window_parser(),
        "explain": _explain_parser(),
        "draw": _draw_parser(),
        "snapshot": _snapshot_parser(),
        "train": _train_parser(),
        "graph": _graph_parser(),
        "lesson": _lesson_parser(),
        "worksheet": _worksheet_parser(),
    }


def _window_parser() -> Parser:
    window = Parser(
        prog="autodiff-explorer",
        allow_abbrev=False,
        description="Watch TensorFlow differentiate, step by step, on TensorFlow's own graph.",
        epilog="Other commands: explain, draw, snapshot, worksheet, train, graph, lesson; each has --help.",
    )
    window.add_argument(
        "expression",
        nargs="?",
        help="what to open: an expression, 'sin(2*x)', a lesson, FILE.md, or a network, FILE.keras",
    )
    _add_point(window)
    window.add_argument("--output", dest="output_choice", default="sum", metavar="1", help=_OUTPUT_HELP)
    _add_appearance(window)
    window.add_argument("--tour", action="store_true", help="start with the tour of four stops")
    window.add_argument("--check", action="store_true", help="report whether everything is ready for class")
    window.add_argument("--install-desktop", action="store_true", help="add the program to a Linux desktop's menu")
    return window


def _explain_parser() -> Parser:
    explain = Parser(prog="autodiff-explorer explain", allow_abbrev=False, description="Explain a gradient in text.")
    explain.add_argument("expression", nargs="?")
    _add_point(explain)
    _add_again(explain)
    explain.add_argument("--output", dest="output_choice", default="sum", metavar="1", help=_OUTPUT_HELP)
    explain.add_argument("--wrt", metavar="x,y", help="differentiate with respect to these variables only")
    explain.add_argument("--json", action="store_true", help="print one line of JSON")
    explain.add_argument("--batch", metavar="FILE", help="read one JSON request per line; - is standard input")
    return explain


def _draw_parser() -> Parser:
    draw = Parser(prog="autodiff-explorer draw", allow_abbrev=False, description="Draw the graph into a file.")
    draw.add_argument("expression")
    _add_file_and_output(draw, "FILE", "FILE.svg, .png, .pdf, .dot, .html, .tex or .gif")
    _add_point(draw)
    _add_again(draw)
    draw.add_argument("--step", type=_non_negative, default=0, metavar="K", help="step of the backward pass; default 0")
    draw.add_argument("--depth", choices=("concept", "full"), default="concept")
    draw.add_argument("--theme", choices=THEMES, help="default: light; an HTML page follows its reader's preference")
    return draw


def _snapshot_parser() -> Parser:
    snapshot = Parser(
        prog="autodiff-explorer snapshot", allow_abbrev=False, description="Save a picture of the main window."
    )
    snapshot.add_argument("expression", nargs="?", default=EXAMPLE)
    _add_file_and_output(snapshot, "FILE.png", "FILE.png")
    _add_point(snapshot)
    _add_appearance(snapshot)
    _add_again(snapshot)
    snapshot.add_argument("--way", choices=METHODS, default=METHODS[0], help="the method that is shown above the plot")
    # Checked by the window, which knows its tabs.
    snapshot.add_argument("--tab", metavar=f"{{{','.join(TABS)}}}", default="autodiff")
    snapshot.add_argument(
        "--model", metavar="FILE.keras", help="the network to look into, or one to train first: mlp, cnn …"
    )
    snapshot.add_argument("--lesson", metavar="FILE.md", help="a lesson to open, at its first scene or at --scene")
    snapshot.add_argument("--scene", type=_between(1, 999), default=1, metavar="N", help="scene of the lesson, from 1")
    snapshot.add_argument("--sample", type=_non_negative, metavar="N", help="index of the image that is shown")
    snapshot.add_argument("--scale", type=_scale, default=1.0, help="device pixels per pixel, up to 4")
    snapshot.add_argument("--step", type=_non_negative, default=0, metavar="K", help="step of the pass")
    snapshot.add_argument("--pass", dest="pass_", choices=("backward", "forward"), default="backward")
    snapshot.add_argument("--depth", choices=("concept", "full"), default="concept")
    snapshot.add_argument(
        "--direction", choices=("auto", "TB", "LR"), default="auto", help="top-down, left-to-right, or by the window"
    )
    return snapshot


def _lesson_parser() -> Parser:
    lesson = Parser(prog="autodiff-explorer lesson", allow_abbrev=False, description="Check lessons.")
    lesson.add_argument("action", choices=("check",), help="check: report problems, each with its line")
    lesson.add_argument("file", metavar="FILE.md")
    lesson.add_argument("--json", action="store_true", help="the problems as JSON")
    return lesson


def _worksheet_parser() -> Parser:
    worksheet = Parser(
        prog="autodiff-explorer worksheet",
        allow_abbrev=False,
        description="Make a worksheet: graphs with blanks for values, local derivatives and gradients.",
    )
    worksheet.add_argument("expression", nargs="+", help="one exercise each: 'sin(2*x)' 'x*y + x'")
    worksheet.add_argument("-o", "--output", required=True, metavar="FILE", help="FILE.pdf or .html")
    worksheet.add_argument("--key", action="store_true", help="fill in the answers")
    worksheet.add_argument("--seed", type=_non_negative, default=1, metavar="N", help="seed of the variables' values")
    return worksheet


def _train_parser() -> Parser:
    train = Parser(prog="autodiff-explorer train", allow_abbrev=False, description="Train a network on MNIST.")
    train.add_argument("model", choices=MODELS)
    train.add_argument("--data", default="auto", metavar="auto|sample|mnist|fashion|FILE.npz", help="what to train on")
    train.add_argument("--epochs", type=_count("epochs"), metavar="N")
    train.add_argument("--batch-size", type=_count("batch_size"), metavar="N")
    train.add_argument("--optimizer", choices=OPTIMIZERS)
    train.add_argument("--learning-rate", type=_learning_rate, metavar="F")
    train.add_argument("--seed", type=_count("seed"), metavar="N")
    train.add_argument("--out", metavar="FILE.keras", help="save the trained network")
    train.add_argument("--json", action="store_true", help="print one line of JSON at the end")
    return train


def _graph_parser() -> Parser:
    graph = Parser(
        prog="autodiff-explorer graph",
        allow_abbrev=False,
        description="Show TensorFlow's training graph of a network: forward pass, loss and backward pass.",
    )
    graph.add_argument("model", help="FILE.keras, one of perceptron, logistic, mlp, cnn, or keras:ResNet50")
    graph.add_argument("--loss", default="", metavar="NAME", help="a loss of Keras instead of the model's own: mse …")
    graph.add_argument("--data", default="", metavar="FILE.npz", help="x_train and y_train; the first 32 are the batch")
    graph.add_argument("-o", "--output", metavar="FILE", help="FILE.svg, .png, .pdf or .dot")
    graph.add_argument(
        "--level", type=_non_negative, default=0, metavar="N", help="open groups down to this level; 0: none"
    )
    graph.add_argument("--open", action="append", nargs="+", default=[], metavar="GROUP", help="open these groups too")
    graph.add_argument("--theme", choices=THEMES, default="light")
    graph.add_argument("--json", action="store_true", help="print one line of JSON at the end")
    return graph


def _add_point(parser: Parser) -> None:
    parser.add_argument("--at", default="", metavar="x=1,y=2", help="values of variables; the others are 1")
    parser.add_argument("--dtype", choices=("float32", "float64"), default="float32")


def _add_again(parser: Parser) -> None:
    parser.add_argument("--again", default="", metavar="x,x", help="differentiate by these variables first: f′, f″ …")


class _FileOrOutput(argparse.Action):
    """The file that is written, or with ``--output`` and no file's name, which output is differentiated."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: Any,
        option_string: str | None = None,
    ) -> None:
        is_choice = option_string == "--output" and _OUTPUT_CHOICE.fullmatch(values)
        setattr(namespace, "output_choice" if is_choice else "output", values)


def _add_file_and_output(parser: Parser, metavar: str, files: str) -> None:
    text = f"-o: {files}. --output: {_OUTPUT_HELP}; or the file"
    parser.add_argument("-o", "--output", action=_FileOrOutput, metavar=metavar, help=text)
    parser.set_defaults(output_choice="sum")
    parser.needs_file = True


def _add_appearance(parser: Parser) -> None:
    parser.add_argument("--theme", choices=THEMES)
    parser.add_argument("--size", type=_size, metavar="WxH", help="size of the window, for example 1280x720")


def _non_negative(text: str) -> int:
    if not re.fullmatch(r"\d{1,6}", text):
        raise argparse.ArgumentTypeError(f"{text.strip()!r} is not a whole number of at least 0")
    return int(text)


def _count(key: str) -> Callable[[str], int]:
    """Return a converter to a whole number within the bounds of a training setting."""
    return _between(int(TRAINING_SETTINGS[key].low or 0), int(TRAINING_SETTINGS[key].high or 0))


def _between(low: int, high: int) -> Callable[[str], int]:
    """Return a converter to a whole number from ``low`` to ``high``."""

    def convert(text: str) -> int:
        if not re.fullmatch(r"[0-9]{1,12}", text) or not low <= int(text) <= high:
            raise argparse.ArgumentTypeError(f"{text.strip()!r} is not a whole number from {low:,} to {high:,}")
        return int(text)

    return convert


def _learning_rate(text: str) -> float:
    value = _number(text)
    if not 0 < value <= (TRAINING_SETTINGS["learning_rate"].high or 0):
        raise argparse.ArgumentTypeError(f"{text.strip()!r} is not a learning rate above 0")
    return value


def _scale(text: str) -> float:
    value = _number(text)
    if not 0.5 <= value <= 4:
        raise argparse.ArgumentTypeError(f"{text.strip()!r} is not a number from 0.5 to 4")
    return value


def _number(text: str) -> float:
    """Return the number, or 0, which no option accepts, if ``text`` is not one."""
    try:
        return float(text)
    except ValueError:
        return 0.0


def _size(text: str) -> tuple[int, int]:
    match = re.fullmatch(r"(\d{3,5})x(\d{3,5})", text)
    if match is None:
        raise argparse.ArgumentTypeError(f"{text.strip()!r} is not a size such as 1280x720")
    return int(match[1]), int(match[2])
