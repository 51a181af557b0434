"""The user's own network while it is put together: its layers, and how they fit."""

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QObject, Signal

from explorer.core.models.architecture import LayerSpec, architecture
from explorer.core.models.layer_shapes import Fit, fits, problem_of
from explorer.core.models.user_network import DEFAULT, KINDS, MAX_LAYERS, Row, checked_rows
from explorer.core.training.settings import run_settings


class UserNetwork(QObject):
    """rows: the layers (`core.own_network`), the ten outputs left out. place: the one that is being edited."""

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.rows: list[Row] = [dict(row) for row in DEFAULT]
        self.place = 0

    @property
    def layers(self) -> list[LayerSpec]:
        """All layers as Keras gets them, the one that makes channels and the ten outputs too."""
        return architecture(run_settings(model="own", layers=self.rows))

    @property
    def fits(self) -> list[Fit]:
        """How each of ``rows`` fits, and at the end the ten outputs."""
        found = fits(self.layers)
        return found[len(found) - len(self.rows) - 1 :]

    @property
    def problem(self) -> str:
        """One sentence on the first layer that does not fit, or empty."""
        return problem_of(self.layers)

    @property
    def parameters(self) -> int:
        """Of all layers that fit."""
        return sum(fit.parameters for fit in self.fits if fit.shape is not None)

    @property
    def is_full(self) -> bool:
        """Whether no layer can be added."""
        return len(self.rows) >= MAX_LAYERS

    def select(self, place: int) -> None:
        """Edit the layer at a place; one past the last means the ten outputs, which stay as they are."""
        place = min(max(0, place), len(self.rows))
        if place != self.place:
            self.place = place
            self.changed.emit()

    def add(self, kind: str) -> None:
        """Add a layer after the one that is being edited."""
        if self.is_full:
            return
        index = min(self.place + 1, len(self.rows))
        self.rows.insert(index, KINDS[kind].row())
        self.place = index
        self.changed.emit()

    def remove(self) -> None:
        """Remove the layer that is being edited."""
        if self.place < len(self.rows):
            del self.rows[self.place]
            self.changed.emit()

    def move(self, by: int) -> None:
        """Move the layer that is being edited up or down."""
        to = self.place + by
        if self.place < len(self.rows) and 0 <= to < len(self.rows):
            self.rows[self.place], self.rows[to] = self.rows[to], self.rows[self.place]
            self.place = to
            self.changed.emit()

    def set_option(self, key: str, value: Any) -> None:
        """Change an option of the layer that is being edited."""
        if self.place >= len(self.rows):
            return
        row = self.rows[self.place]
        new = KINDS[row["kind"]].row(**{**{k: v for k, v in row.items() if k != "kind"}, key: value})
        if new != row:
            self.rows[self.place] = new
            self.changed.emit()

    def set_rows(self, rows: Sequence[Any]) -> None:
        """Take other layers, those of a run; what is none is left."""
        checked = checked_rows(rows)
        if checked is not None and checked != self.rows:
            self.rows, self.place = checked, 0
            self.changed.emit()
