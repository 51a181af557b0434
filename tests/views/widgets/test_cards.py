"""The two-column card follows the width that it has."""

from PySide6.QtWidgets import QLabel

from explorer.views.widgets.cards import TwoColumnCard


def test_columns_are_side_by_side_in_a_wide_card(qtbot):
    card, upper, lower = TwoColumnCard(), QLabel("bars"), QLabel("picture")
    qtbot.addWidget(card)
    card.first.addWidget(upper)
    card.second.addWidget(lower)
    card.show()
    for width, scale, side_by_side in ((300, 1.0, False), (700, 1.0, True), (300, 1.0, False), (700, 1.5, False)):
        card.setScale(scale)
        card.resize(width, 300)
        qtbot.waitUntil(lambda side_by_side=side_by_side: (lower.x() > upper.x()) == side_by_side)
        assert (lower.y() == upper.y()) == side_by_side
        assert card.rect().contains(lower.geometry())
