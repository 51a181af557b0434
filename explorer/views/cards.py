"""The cards that the tabs are made of."""

from PySide6.QtWidgets import QFrame, QVBoxLayout


def make_card(spacing: int = 8) -> tuple[QFrame, QVBoxLayout]:
    """Return an empty card and the column of what will be in it."""
    card = QFrame()
    card.setProperty("card", True)
    column = QVBoxLayout(card)
    column.setContentsMargins(14, 12, 14, 12)
    column.setSpacing(spacing)
    return card, column
