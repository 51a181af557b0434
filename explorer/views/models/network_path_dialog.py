"""Dialogs that ask for the file of a network."""

from collections.abc import Callable

from PySide6.QtWidgets import QFileDialog, QWidget

from explorer.views.widgets.file_dialog import open_file_dialog


def ask_network_path(parent: QWidget, on_accept: Callable[[str], None], save_as: str = "") -> QFileDialog:
    """Ask, without blocking, for a file to open, or for a ``.keras`` file to save if ``save_as`` proposes a name."""
    title = "Save the network" if save_as else "Open a network"
    files = "Networks (*.keras)" if save_as else "Networks (*.keras *.h5 *.hdf5)"
    return open_file_dialog(parent, "networkDialog", title, files, on_accept, save_as=save_as)
