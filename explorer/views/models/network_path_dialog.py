"""Dialogs that ask for the file of a network."""

from collections.abc import Callable

from PySide6.QtWidgets import QFileDialog, QWidget

from explorer.views.widgets.file_dialog import open_file_dialog


def ask_network_path(parent: QWidget, on_accept: Callable[[str], None], save_as: str = "") -> QFileDialog:
    """Ask, without blocking, for a ``.keras`` file to open, or to save if ``save_as`` proposes a name."""
    title = "Save the network" if save_as else "Open a network"
    return open_file_dialog(parent, "networkDialog", title, "Networks (*.keras)", on_accept, save_as=save_as)
