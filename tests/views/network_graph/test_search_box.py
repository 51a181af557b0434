"""The search field requests hits while the user types, and offers them in a list."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QWidget

from explorer.views.network_graph.search_box import SearchEdit, SearchSteps
from explorer.views.theme.stylesheet import palette, stylesheet
from explorer.views.theme.theme import contrast, load_theme


def hit(name, group="hidden", type_="Relu", backward=False):
    return {
        "id": f"{group}/{name}",
        "name": name,
        "hidden": False,
        "kind": "op",
        "type": type_,
        "group": group,
        "shape": "32×128",
        "backward": backward,
    }


@pytest.fixture
def search(qtbot):
    page = QWidget()
    qtbot.addWidget(page)
    page.resize(600, 400)
    made = SearchEdit(page)
    made.setGeometry(300, 10, 260, 30)
    page.show()
    page.activateWindow()
    qtbot.waitUntil(page.isActiveWindow)
    made.setFocus()
    return made


def rows(search):
    return [search.hits.item(k).text() for k in range(search.hits.count())]


def test_typing_requests_one_search(search, qtbot):
    with qtbot.waitSignal(search.searchRequested) as requested:
        QTest.keyClicks(search, "relu")
    assert requested.args == ["relu"]


def test_return_requests_at_once_and_then_chooses_the_first_hit(search, qtbot):
    QTest.keyClicks(search, "relu")
    with qtbot.waitSignal(search.searchRequested):
        QTest.keyClick(search, Qt.Key.Key_Return)
    search.setHits("relu", [hit("Relu"), hit("Relu_1")], 2)
    with qtbot.waitSignal(search.hitChosen) as chosen:
        QTest.keyClick(search, Qt.Key.Key_Return)
    assert chosen.args == [0]
    assert search.hits.isHidden()


def test_return_goes_on_to_the_next_hit_and_with_shift_back(search, qtbot):
    search.setHits("relu", [hit("Relu"), hit("Relu_1")], 2)
    QTest.keyClick(search, Qt.Key.Key_Return)
    assert search.hits.isHidden()
    with qtbot.waitSignal(search.nextRequested) as requested:
        QTest.keyClick(search, Qt.Key.Key_Return)
    assert requested.args == [1]
    with qtbot.waitSignal(search.nextRequested) as requested:
        QTest.keyClick(search, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    assert requested.args == [-1]
    search.setPosition(1)
    QTest.keyClick(search, Qt.Key.Key_Down)
    assert search.hits.isVisible()
    assert search.hits.currentRow() == 1


def test_steps_show_which_hit_is_shown(qtbot):
    steps = SearchSteps()
    qtbot.addWidget(steps)
    label = steps.findChild(QLabel, "searchPosition")
    texts = []
    for position, count, total in ((None, 2, 2), (1, 2, 2), (49, 50, 1234), (None, 0, 0)):
        steps.setPosition(position, count, total)
        texts.append((label.text(), steps.isHidden()))
    assert texts[:3] == [("2 found", False), ("2 of 2", False), ("50 of 50 (1,234 in all)", False)]
    assert texts[3][1]
    offsets = []
    steps.nextRequested.connect(offsets.append)
    for button in steps.buttons:
        button.click()
    assert offsets == [-1, 1]


def test_arrow_keys_step_through_the_hits(search, qtbot):
    search.setHits("relu", [hit("Relu"), hit("Relu_1")], 2)
    for key in (Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_Up, Qt.Key.Key_Down):
        QTest.keyClick(search, key)
    with qtbot.waitSignal(search.hitChosen) as chosen:
        QTest.keyClick(search, Qt.Key.Key_Return)
    assert chosen.args == [1]


def test_rows_distinguish_ops_of_the_same_name(search):
    search.setHits("relu", [hit("Relu"), hit("grad", type_="ReluGrad", backward=True)], 9)
    assert rows(search) == [
        "Relu   32×128   in hidden",
        "grad   ReluGrad   32×128   backward   in hidden",
        "and 7 more: type another word",
    ]


def test_no_hits_are_a_message(search):
    search.setHits("zebra", [], 0)
    assert rows(search) == ["Nothing in this graph matches “zebra”."]
    assert search.hits.isVisible()


def test_hits_that_are_cleared_with_their_graph_hide_the_list(search):
    QTest.keyClicks(search, "relu")
    search.setHits("relu", [hit("Relu")], 1)
    search.setHits("", [], 0)
    assert search.hits.isHidden()
    assert rows(search) == []


def test_escape_closes_the_list_and_empties_the_field(search, qtbot):
    QTest.keyClicks(search, "relu")
    search.setHits("relu", [hit("Relu")], 1)
    with qtbot.waitSignal(search.left):
        QTest.keyClick(search, Qt.Key.Key_Escape)
    assert search.hits.isHidden()
    assert search.text() == ""


@pytest.mark.parametrize("scale", [1.0, 1.5, 2.0])
@pytest.mark.parametrize("theme", ["dark", "light", "contrast"])
def test_each_row_can_be_read_and_is_whole(search, theme, scale):
    page, colours = search.parentWidget(), load_theme(theme)
    page.setPalette(palette(colours))
    page.setStyleSheet(stylesheet(colours, scale))
    page.resize(1200, 600)
    names = [f"block{k}_sepconv1/depthwise_kernel" for k in range(6)]
    search.setHits("kernel", [hit(name, type_="weights of DepthwiseConv2dNative") for name in names], 6)
    assert search.hits.verticalScrollBar().maximum() == 0
    picture = search.hits.viewport().grab().toImage()
    for k in range(6):
        rect = search.hits.visualItemRect(search.hits.item(k))
        assert search.hits.viewport().rect().top() <= rect.top()
        assert search.hits.viewport().rect().bottom() >= rect.bottom()
        pixels = [
            picture.pixelColor(x, y)
            for x in range(rect.left() + 6, rect.left() + 120)
            for y in range(rect.top() + 4, rect.bottom() - 3)
        ]
        ground = max(set(map(QColor.name, pixels)), key=[pixel.name() for pixel in pixels].count)
        assert max(contrast(pixel, QColor(ground)) for pixel in pixels) >= 7
