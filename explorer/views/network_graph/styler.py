"""How what is on the scene looks: numbers, colours, the step of the backward pass, what is selected and leads to it."""

from collections.abc import Callable, Iterator
from typing import Any

from PySide6.QtWidgets import QWidget

from explorer.views.graph.items import GraphItem
from explorer.views.network_graph.item_styles import NetworkItemStyles, heats
from explorer.views.network_graph.node_items import NodeItem
from explorer.views.network_graph.overlays import MappedView
from explorer.views.network_graph.thumbnails import ThumbnailCache
from explorer.views.theme.theme import Theme

FADED = 0.22
"""Opacity of what has nothing to do with the selected box."""


class DressedView(MappedView):
    """Takes what is known of a graph, and gives boxes and wires their looks before they are painted."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._values: dict[str, Any] | None = None
        self._selection: tuple[str, str] | None = None
        self._trail: tuple[frozenset[str], frozenset[str]] | None = None
        self._overlay = "none"
        self._profile: dict[str, Any] | None = None
        self._stale = False
        self._dressed: tuple[Any, ...] = ()
        self._sketched: tuple[Any, ...] = ()
        self.thumbs = ThumbnailCache(self._pictures_on_screen, self)
        self._stage.thumbs = self.thumbs

    # -- what is known ----------------------------------------------------------------------------

    def setValues(self, values: dict[str, Any] | None) -> None:
        """Show numbers of what is seen."""
        self._values = values
        self._restyle()
        self.thumbs.of_values(values["number"] if values is not None else None)

    def setProfile(self, profile: dict[str, Any] | None) -> None:
        """Take time and memory of what is seen; None where they are not known."""
        if profile is not self._profile:
            self._profile = profile
            self._restyle()

    def setStep(self, step: int) -> None:
        """Show a step of the backward pass; in a large graph the view goes along."""
        if step != self._step:
            self._step = step
            self._restyle()
            self.thumbs.look_around()
            self._go_along()

    def setSelection(self, selection: tuple[str, str] | None) -> None:
        """Mark a box or a bundle as selected, and bring it into view."""
        if selection != self._selection:
            self._selection, self._trail = selection, None
            self._restyle()
            if selection is not None and selection[0] == "node":
                self._bring(selection[1])

    def setTrail(self, trail: tuple[frozenset[str], frozenset[str]] | None) -> None:
        """Fade what is neither on the way to the selected box nor on the way from it."""
        self._trail = trail
        self._restyle()

    def setOverlay(self, overlay: str) -> None:
        """Colour boxes by a number."""
        self._overlay = overlay
        self._restyle()

    def setTheme(self, theme: Theme) -> None:
        """Use the theme's colours."""
        self._theme = theme
        self.setBackgroundBrush(theme.panel)
        self._stage.set_theme(theme)
        self._overview.theme = self.map.theme = theme
        self.map.forget()
        self._restyle()

    # -- looks ------------------------------------------------------------------------------------

    def _dress_of(self) -> tuple[Any, ...]:
        """All that looks depend on."""
        return self._theme, self._step, self._selection, self._trail, self._overlay, id(self._values), id(self._profile)

    def _dresser(self) -> Callable[[GraphItem], None]:
        """Return what gives an item the looks of this moment."""
        assert self._seen is not None
        self._dressed = self._dress_of()
        theme, looks = self._theme, self._looks()

        def dress(item: GraphItem) -> None:
            item.theme = theme
            item.setVisible(not self._far)
            item.set_style(looks.of_box(item.box) if isinstance(item, NodeItem) else looks.of_link(item.link))

        return dress

    def _restyle(self) -> None:
        self._stale = True
        super()._restyle()

    def _looks(self) -> NetworkItemStyles:
        assert self._seen is not None
        shares = heats(self._seen, self._values, self._overlay, self._profile) if self._overlay != "none" else {}
        return NetworkItemStyles(self._seen, self._values, self._step, self._selection, self._overlay, shares)

    def _bring_up_to_date(self) -> None:
        if self._seen is None or self._is_making:
            return
        looks, sketched = None, (*self._dress_of(), id(self._crowd))
        if sketched != self._sketched:
            self._sketched, looks = sketched, self._looks()
            self.map.forget()
            self._overview.set_looks({name: share for name, (share, _) in looks.heats.items()}, self._step)
        if self._far and self._is_large:
            return  # nobody sees the boxes; they are brought up to date when they come near
        self._stale = False
        looks = looks or self._looks()
        related = self._related()
        moves = self._moves
        moving = set(map(id, self._stage.new_items())) if moves else set()
        for item in self._stage.boxes():
            item.set_style(looks.of_box(item.box))
            if id(item) not in moving:
                item.setOpacity(1.0 if related is None or item.box.id in related else FADED)
        for link in self._stage.links():
            link.set_style(looks.of_link(link.link))
            if id(link) not in moving:
                near = related is None or (link.link.source in related and link.link.target in related)
                link.setOpacity(1.0 if near else FADED)

    def _related(self) -> set[str] | None:
        if self._trail is None or self._selection is None or self._selection[0] != "node" or self._seen is None:
            return None
        name = self._selection[1]
        found = {name, *self._trail[0], *self._trail[1]}
        for node in self._seen.nodes:  # frames around what is related, and what stands beside it
            if node.id in found:
                outer = node.container
                while outer:
                    found.add(outer)
                    outer = outer.rpartition("/")[0]
        inside = {node.id for node in self._seen.nodes if node.container.startswith(name) or node.beside in found}
        return found | inside

    def _pictures_on_screen(self) -> Iterator[tuple[str, str]]:
        """The boxes in view that show a picture, and whether it is one of a value or of its gradient."""
        if self._far or self.isMoving:
            return
        for item in self.items(self.viewport().rect()):
            if isinstance(item, NodeItem) and item.box.has_thumbnails:
                yield item.box.id, item.pictured
