"""Cards that use the room that they have."""

from PySide6.QtWidgets import QLabel

from explorer.views.widgets.cards import TwoColumnCard


def test_a_wide_card_shows_its_halves_side_by_side(qtbot):
    card, upper, lower = TwoColumnCard(), QLabel("bars"), QLabel("picture")
    qtbot.addWidget(card)
    card.first.addWidget(upper)
    card.second.addWidget(lower)
    card.show()
    for width, scale, beside in ((300, 1.0, False), (700, 1.0, True), (300, 1.0, False), (700, 1.5, False)):
        card.setScale(scale)
        card.resize(width, 300)
        qtbot.waitUntil(lambda beside=beside: (lower.x() > upper.x()) == beside)
        assert (lower.y() == upper.y()) == beside
        assert card.rect().contains(lower.geometry())
