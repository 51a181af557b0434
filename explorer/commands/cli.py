"""The command line: finds the command, parses its options, and runs it.

Each command is a module of this package with a function ``run(options) -> exit status``. A module is imported when its
command runs, and imports the engine and the views inside its functions, so that every command starts fast.
"""

import argparse
import io
import re
import sys
from collections.abc import Sequence
from difflib import get_close_matches
from importlib import import_module

from explorer.commands.arguments import CommandError, parsers
from explorer.core.errors import UserError

COMMANDS = ("explain", "draw", "snapshot", "worksheet", "train", "graph", "lesson")
"""The commands with a name. Without one of these names, the window opens."""

_OPTION = re.compile(r"--[a-z][a-z-]+")
"""A word that is meant as an option, not as an expression: nobody negates a variable twice."""


def run(arguments: Sequence[str]) -> int:
    """Run a command and return its exit status. Invalid input gives one line on standard error and status 2."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a console without × must not end the program
    try:
        if arguments and arguments[0] in COMMANDS:
            name, rest = arguments[0], arguments[1:]
        else:
            name, rest = "window", arguments
            _check_command(rest)
        parser = parsers()[name]
        options = parser.parse_args(_protect_leading_minus(parser, rest))
        return int(import_module(f"explorer.commands.{name}").run(options))
    except UserError as error:
        position = f" (column {error.column})" if error.column is not None else ""
        print(f"autodiff-explorer: {error}{position}".replace("\n", " "), file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # The reader of the output has gone (`| head`): there is nobody left to write to.
        sys.stderr.close()
        return 0


def _check_command(arguments: Sequence[str]) -> None:
    """Raise CommandError if the first of several arguments is a misspelt command."""
    if len(arguments) > 1 and (similar := get_close_matches(arguments[0], COMMANDS, 1)):
        raise CommandError(f"There is no command {arguments[0]}. Did you mean {similar[0]}?")


def _protect_leading_minus(parser: argparse.ArgumentParser, arguments: Sequence[str]) -> list[str]:
    """Put a blank before an expression that begins with ``-``, so that argparse does not take it for an option.

    Raises CommandError for an option that the command does not have.
    """
    known = parser._option_string_actions
    protected = []
    for text in arguments:
        option = text.split("=")[0]
        if not text.startswith("-") or text in {"-", "--"} or option in known:
            protected.append(text)
        elif _OPTION.fullmatch(option) and "--" not in protected:
            similar = get_close_matches(option, known, 1)
            question = f"Did you mean {similar[0]}?" if similar else "--help lists all options."
            raise CommandError(f"There is no option {option}. {question}")
        else:
            protected.append(f" {text}")
    return protected
