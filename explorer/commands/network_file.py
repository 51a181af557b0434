"""A network in a file as the argument of the command without a name."""

from pathlib import Path

from explorer.core.errors import UserError
from explorer.core.network_graph.sources import is_file, is_network_file


def network_path(text: str | None) -> Path | None:
    """Return the path if ``text`` names the file of a network instead of an expression, else None.

    The file is checked as far as that is possible without Keras, so that one that cannot be opened is one line on
    standard error and no window. Raises UserError, also for a file of another kind.
    """
    if text is None:
        return None
    path = Path(text.strip())
    if not is_network_file(text.strip()):
        if path.suffix[1:].isalpha() and is_file(path):
            raise UserError(
                f"{path.name} is a file that cannot be opened here: that of a network ends in .keras, .h5 or .hdf5, "
                "and that of a lesson in .md."
            )
        return None
    from explorer.core.models.hdf5_file_check import check_hdf5_file
    from explorer.core.models.keras_file_check import check_keras_file, is_hdf5_name

    if is_hdf5_name(path.name):
        check_hdf5_file(path)
    else:
        check_keras_file(path)
    return path


def print_network(path: Path, reason: str) -> int:
    """Print the graph of a network as text, after the reason why no window shows it. Returns the exit status."""
    from explorer.commands.arguments import parsers
    from explorer.commands.graph import run

    print(f"{reason}, so here is the graph of the network as text.\n", flush=True)
    return run(parsers()["graph"].parse_args([str(path)]))
