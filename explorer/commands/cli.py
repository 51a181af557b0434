"""The commands. Heavy rooms are imported by the command that needs them, so that each starts fast."""

import argparse
import io
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from explorer.commands.arguments import EXAMPLE, CommandError, parsers
from explorer.core.errors import ExpressionError

if TYPE_CHECKING:
    from explorer.core.lessons.lesson import Lesson

COMMANDS = ("explain", "draw", "snapshot", "worksheet", "train", "graph", "lesson")
GRAPH_FORMATS = (".svg", ".png", ".pdf", ".dot")
DRAW_FORMATS = (*GRAPH_FORMATS, ".html", ".tex", ".gif")


def run(arguments: Sequence[str]) -> int:
    """Run one command and return its exit status; bad input is one line on standard error and 2."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a console without × must not end the program
    try:
        if arguments and arguments[0] in COMMANDS:
            command, rest = arguments[0], arguments[1:]
        else:
            command, rest = "window", arguments
        parser = parsers()[command]
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


def _check_text(options: argparse.Namespace) -> None:
    """Refuse a wrong expression or wrong values before anything slow is started."""
    from explorer.core.expression.parser import parse
    from explorer.core.expression.shapes import check_shapes
    from explorer.core.expression.values import bind, parse_point

    program = parse(options.expression.strip())
    values = bind(program, parse_point(options.at))
    check_shapes(program, {name: value.shape for name, value in values.items()})


def _window(options: argparse.Namespace) -> int:
    if options.check:
        from explorer.commands.check import run as check

        return check()
    if options.install_desktop:
        from explorer.commands.install_desktop import install_desktop

        for path in install_desktop():
            print(path)
        return 0
    from explorer.commands.display import has_display, missing_library

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
    from explorer.commands.window import run_window

    return run_window(options.expression, options.at, options.dtype, options.theme, options.size, lesson, options.tour)


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
    from explorer.core.lessons.lesson import LessonError, load_lesson

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
    from explorer.core.lessons.formulas import formula_problems
    from explorer.core.lessons.lesson import LessonError, load_lesson

    path = Path(options.file)
    try:
        lesson = load_lesson(path)
        if problems := formula_problems(lesson, path.read_text(encoding="utf-8-sig")):
            raise LessonError(problems)
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
    options.batch, options.json, options.wrt, options.again = None, False, None, ""
    status = _explain(options)
    picture = Path("autodiff-explorer.png").resolve()
    try:
        from explorer.commands.snapshot import take_snapshot

        take_snapshot(
            options.expression, picture, at=options.at, dtype=options.dtype, theme=options.theme, size=options.size
        )
    except (ImportError, OSError) as error:
        print(f"\nNo picture of the window could be written: {error}.")
    else:
        print(f"\nA picture of the window: {picture}")
    return status


def _explain(options: argparse.Namespace) -> int:
    from explorer.commands.explain import run as explain

    return explain(options)


def _draw(options: argparse.Namespace) -> int:
    target = Path(options.output)
    if target.suffix.lower() not in DRAW_FORMATS:
        raise CommandError(f"{options.output}: the file's name must end in {', '.join(DRAW_FORMATS)}")
    _check_target(target)
    _check_text(options)
    from explorer.commands.draw import draw
    from explorer.core.expression.values import names

    try:
        draw(
            options.expression.strip(),
            target,
            at=options.at,
            dtype=options.dtype,
            again=names(options.again),
            step=options.step,
            depth=options.depth,
            theme=options.theme,
        )
    except OSError as error:
        raise CommandError(f"{options.output} cannot be written: {error.strerror or error}") from error
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
    from explorer.commands.snapshot import take_snapshot
    from explorer.core.expression.values import names

    take_snapshot(
        options.expression.strip(),
        target,
        tab=options.tab,
        model=options.model,
        sample=options.sample,
        lesson=options.lesson,
        scene=options.scene,
        at=options.at,
        again=names(options.again),
        way=options.way,
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
    from explorer.commands.train import run as train
    from explorer.core.data.dataset import DataError

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


def _graph(options: argparse.Namespace) -> int:
    if options.output is not None:
        target = Path(options.output)
        if target.suffix.lower() not in GRAPH_FORMATS:
            raise CommandError(f"{options.output}: the file's name must end in {', '.join(GRAPH_FORMATS)}")
        _check_target(target)
    options.open = [name for names in options.open for name in names]
    from explorer.commands.graph import run as graph

    try:
        return graph(options)
    except BrokenPipeError:
        raise  # the reader of our output has gone
    except OSError as error:
        raise CommandError(f"{options.output} cannot be written: {error.strerror or error}") from error


def _worksheet(options: argparse.Namespace) -> int:
    target = Path(options.output)
    if target.suffix.lower() not in (".html", ".pdf"):
        raise CommandError(f"{options.output}: the file's name must end in .html or .pdf")
    _check_target(target)
    from explorer.commands.worksheet import run as worksheet

    try:
        return worksheet(options)
    except OSError as error:
        raise CommandError(f"{options.output} cannot be written: {error.strerror or error}") from error


def _check_target(target: Path) -> None:
    if not target.parent.is_dir():
        raise CommandError(f"the folder {target.parent} does not exist")


_RUN = {
    "window": _window,
    "explain": _explain,
    "draw": _draw,
    "snapshot": _snapshot,
    "train": _train,
    "graph": _graph,
    "lesson": _lesson,
    "worksheet": _worksheet,
}
