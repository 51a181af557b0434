"""The command line: finds the command, parses its options, and runs it.

Each command is a module of this package with a function ``run(options) -> exit status``. A module is imported when its
command runs, and imports the engine and the views inside its functions, so that every command starts fast.
"""

import argparse
import io
import sys
from collections.abc import Sequence
from importlib import import_module

from explorer.commands.arguments import parsers
from explorer.core.errors import UserError

COMMANDS = ("explain", "draw", "snapshot", "worksheet", "train", "graph", "lesson")
"""The commands with a name. Without one of these names, the window opens."""


def run(arguments: Sequence[str]) -> int:
    """Run a command and return its exit status. Invalid input gives one line on standard error and status 2."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a console without × must not end the program
    try:
        if arguments and arguments[0] in COMMANDS:
            name, rest = arguments[0], arguments[1:]
        else:
            name, rest = "window", arguments
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


def _protect_leading_minus(parser: argparse.ArgumentParser, arguments: Sequence[str]) -> list[str]:
    """Put a blank before an expression that begins with ``-``, so that argparse does not take it for an option."""
    known = parser._option_string_actions
    return [
        f" {text}" if text.startswith("-") and text not in {"-", "--"} and text.split("=")[0] not in known else text
        for text in arguments
    ]
