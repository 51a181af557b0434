"""A view of a network's graph in a file, without a window."""

from pathlib import Path

from explorer.core.network.place import arrange
from explorer.core.network.view import View
from explorer.views.network.view import NetworkView
from explorer.views.theme import Theme


def save_network_view(seen: View, target: Path, theme: Theme) -> None:
    """Write a view without a window to an SVG, PNG or PDF file; raises OSError."""
    view = NetworkView()
    view.resize(1600, 900)
    view.setTheme(theme)
    view.layoutAsked.connect(lambda asked, wanted: view.setLayout(arrange(asked, *wanted)))
    view.setView("", seen)
    view.finish()
    view.save(str(target))
