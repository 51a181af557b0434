"""The key says what each colour stands for, in the colours that are painted, on the screen and in files."""

import pytest
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QImage, QPainter

from explorer.views.network_graph.colours.graph_key import graph_key
from explorer.views.network_graph.colours.heat_scale import OVERLAY_TITLES, heat_scale
from explorer.views.network_graph.node_items import heat_colour
from explorer.views.painting.colour_key import BoxKey, LineKey, ScaleKey, arrange_key, paint_key
from explorer.views.theme.theme import contrast, load_theme

THEMES = ("dark", "light", "contrast")

PROFILE = {"nodes": {"l0": {"seconds": 0.002, "bytes": 5000}, "l1": {"seconds": 0.5, "bytes": 50}}}


def values_of(visible):
    numbers = {"gradient": {"norm": 0.5, "count": 4}, "value": {"std": 2.0}, "dead": 0.25}
    return {"nodes": {node.id: numbers for node in visible.nodes}, "edges": {}}


def entries_of(visible, theme, overlay="none", step=0, *, has_values=True, is_overview=False):
    values = values_of(visible) if has_values else None
    heats = heat_scale(visible, values, overlay, PROFILE if has_values else None)
    return graph_key(visible, load_theme(theme), heats, step, has_values=has_values, is_overview=is_overview)


@pytest.mark.parametrize("overlay", [name for name in OVERLAY_TITLES if name != "parameters"])
@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("is_overview", [False, True])
def test_each_overlay_has_a_scale_of_the_colours_that_boxes_have(visible_graph, overlay, theme, is_overview):
    entries = entries_of(visible_graph(), theme, overlay, is_overview=is_overview)
    scales = [entry for entry in entries if isinstance(entry, ScaleKey)]
    if overlay == "none":
        assert scales == []
        return
    (scale,) = scales
    assert scale.text == OVERLAY_TITLES[overlay]
    assert scale.note == ("linear" if overlay == "dead" else "logarithmic")
    colours = load_theme(theme)
    assert (scale.colours[0], scale.colours[-1]) == (heat_colour(colours, 0.0), heat_colour(colours, 1.0))
    assert scale.low
    assert scale.high


def test_the_key_follows_what_is_shown(visible_graph):
    visible = visible_graph()

    def texts(**shown):
        return [entry.text for entry in entries_of(visible, "dark", **shown)]

    assert texts(has_values=False) == ["forward, not computed"]
    assert texts() == ["value, forward", "gradient, backward"]
    assert texts(step=1) == ["value, forward", "gradient, backward", "this step"]
    assert texts(step=1, is_overview=True) == ["value, forward", "forward", "reached by the backward pass"]
    assert texts(overlay="dead")[-1] == "dead units"


@pytest.mark.parametrize("theme", THEMES)
def test_what_a_scale_shows_is_painted_from_low_to_high(qapp, visible_graph, theme):
    entries = entries_of(visible_graph(), theme, "gradient", step=1)
    colours = load_theme(theme)
    placed, height = arrange_key(entries, 900.0, 2.0)
    image = QImage(900, round(height), QImage.Format.Format_RGB32)
    image.fill(colours.panel)
    with QPainter(image) as painter:
        paint_key(painter, QPointF(0, 0), placed, colours, 2.0)
    rect = next(rect for entry, rect in placed if isinstance(entry, ScaleKey))
    row = [image.pixelColor(x, round(rect.center().y())) for x in range(round(rect.left()), round(rect.right()))]
    low, high = heat_colour(colours, 0.0), heat_colour(colours, 1.0)
    assert index_of(row, low) < index_of(row, high)
    assert contrast(colours.text, colours.panel) >= 4.5


def index_of(row, colour):
    """Return where a row of pixels has a colour, but for rounding."""
    distances = [
        max(abs(a.red() - colour.red()), abs(a.green() - colour.green()), abs(a.blue() - colour.blue())) for a in row
    ]
    assert min(distances) <= 4
    return distances.index(min(distances))


@pytest.mark.parametrize("width", [180.0, 400.0, 900.0, 2000.0])
@pytest.mark.parametrize("scale", [0.8, 1.0, 2.0])
def test_entries_neither_overlap_nor_leave_their_width(qapp, width, scale):
    red = QColor("red")
    entries = [
        LineKey("value, forward", red),
        BoxKey("this step", red, red),
        ScaleKey("gradient norm", (red, red), "1.2×10⁻⁷", "0.123", "logarithmic"),
        LineKey("gradient, backward", red, is_backward=True),
    ]
    placed, height = arrange_key(entries, width, scale)
    rects = [rect for _, rect in placed]
    assert all(QRectF(0, 0, width + 0.5, height + 0.5).contains(rect) for rect in rects)
    assert not any(a.intersects(b) for k, a in enumerate(rects) for b in rects[:k])
    assert [entry for entry, _ in placed] == entries


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_the_key_is_below_the_graph_and_in_its_picture(net, theme):
    graph, view = net.sessions.network_graph, net.find("networkView")
    net.sessions.store.set("theme", theme)
    graph.set_overlay("gradient")
    net.wait_for_network()
    net.until(lambda: "gradient norm" in [entry.text for entry in view.key.entries])
    assert not view.key.geometry().intersects(view.viewport().geometry())
    assert view.rect().contains(view.key.geometry())
    assert "gradient norm: from" in view.key.accessibleName()
    drawing = view.drawing()
    image = QImage(drawing.size.toSize(), QImage.Format.Format_RGB32)
    image.fill(view.styler.theme.panel)
    with QPainter(image) as painter:
        drawing.draw(painter, QRectF(image.rect()))
    bottom = round(view.graph.layout.size[1] + 48)  # below the graph and its margins
    assert bottom < image.height()
    painted = {image.pixel(x, y) for x in range(image.width()) for y in range(bottom, image.height())}
    index_of([QColor(pixel) for pixel in painted], heat_colour(view.styler.theme, 1.0))
    assert view.styler.theme.value.rgb() in painted
    graph.set_overlay("none")
    net.until(lambda: "gradient norm" not in [entry.text for entry in view.key.entries])
