"""“What is this?” explains parts of painted views, with details such as a value."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF

from explorer.core.help.whats_this import whats_this
from explorer.views.help.whats_this import explained
from explorer.views.plot.hit_testing import nearest_line, value_at


def explain_at(view, point):
    """Return (title, detail) of the explanation at a point of a view."""
    explanation, detail, owner = explained(view.childAt(point) or view, view.mapToGlobal(point))
    assert owner is view
    return explanation.title, detail


def title(name):
    return whats_this().find(name).title


@pytest.fixture
def graph(ui):
    ui.window.resize(1280, 720)
    ui.complete("sin(x)*x")  # x fans out
    ui.sessions.autodiff.stepper.last()
    ui.find("graphView").grab()
    return ui.find("graphView")


def find_box(view, kind):
    return next(item for item in view._scene_items.boxes() if item.box.kind == kind)


def global_position(view, item, point):
    return view.mapFromScene(item.mapToScene(point))


def test_parts_of_the_graph_are_explained(ui, graph):
    def explain_part(item, point):
        return explain_at(graph, global_position(graph, item, point))

    x, output = find_box(graph, "input"), find_box(graph, "output")
    assert explain_part(x, QPointF(0, -10)) == (title("graphView:node"), graph.item_tooltip(x))
    assert "sum of gradients" in graph.item_tooltip(x)
    assert explain_part(x, x._badge_rect().center())[0] == title("graphView:total")
    assert explain_part(output, QPointF(0, 0))[0] == title("graphView:output")
    link = next(item for item in graph._scene_items.links() if item.style.gradient and item.link.source == x.box.id)
    forward, back = link._forward.pointAtPercent(0.5), link._backward()[0].pointAtPercent(0.5)
    assert explain_part(link, forward) == (title("graphView:edge"), graph.item_tooltip(link))
    assert explain_part(link, back) == (title("graphView:gradient"), graph.item_tooltip(link))
    assert "gradient: " in graph.item_tooltip(link)
    assert explain_at(graph, graph._overlays._legend.rect.center())[0] == title("graphView:legend")
    ui.sessions.autodiff.stepper.first()
    graph.grab()
    assert explain_part(link, back)[0] != title("graphView:gradient")  # there is no gradient yet


def test_the_shortcut_explains_the_selected_part(ui, graph):
    def explain_selection():
        explanation, detail, owner = explained(graph, None)
        assert owner is graph
        return explanation.title, detail

    session = ui.sessions.autodiff
    assert explain_selection() == (title("graphView"), "")
    session.select_node("Sin")
    graph.grab()
    sine = next(item for item in graph._scene_items.boxes() if item.box.id == "Sin")
    assert explain_selection() == (title("graphView:node"), graph.item_tooltip(sine))
    session.select_edge("Sin:0")
    graph.grab()
    assert explain_selection()[0] == title("graphView:edge")
    assert "Sin:0 = " in explain_selection()[1]


def test_the_explanation_of_a_hidden_gradient_has_no_value(ui, graph):
    ui.sessions.autodiff.stepper.set_quiz(True)
    ui.sessions.autodiff.stepper.first()
    ui.sessions.autodiff.stepper.step_forward()
    graph.grab()
    hidden = [item for item in graph._scene_items.links() if item.style.gradient == "?"]
    assert hidden
    for item in hidden:
        part, detail = graph.whatIs(global_position(graph, item, item._backward()[0].pointAtPercent(0.5)))
        assert part == "gradient"
        assert "gradient: " not in detail


def test_backward_ops_are_explained(ui, graph):
    ui.sessions.autodiff.set_depth("full")
    ui.until(lambda: any(item.box.kind == "gradient" for item in graph._scene_items.boxes()) and not graph.isMoving)
    graph.fit()
    graph.grab()
    item = find_box(graph, "gradient")
    assert explain_at(graph, global_position(graph, item, QPointF(0, 0)))[0] == title("graphView:backward")


def test_parts_of_the_plot_are_explained(ui):
    ui.window.resize(1280, 720)
    ui.complete("sin(x)")
    ui.sessions.autodiff.set_value("x", 1.0)
    ui.until(lambda: ui.sessions.autodiff.is_settled)
    view = ui.find("curvePlot")
    view.grab()
    canvas = view._canvas

    def position(x, y):
        scene = canvas._box.mapViewToScene(QPointF(x, y))
        return view.mapFromGlobal(canvas._plot.mapToGlobal(canvas._plot.mapFromScene(scene)))

    assert explain_at(view, position(-2.0, np.sin(-2.0)))[0] == title("curvePlot:curve")
    assert explain_at(view, position(-2.0, np.sin(-2.0)))[1].startswith("f = -0.9")
    assert explain_at(view, position(-2.5, np.cos(-2.5)))[1].startswith("f′ = -0.")
    kind, detail = explain_at(view, position(1.0, np.sin(1.0)))
    assert kind == title("curvePlot:point")
    assert detail == "(1, 0.841471), slope 0.540302"
    xs, ys = canvas._tangent.getData()
    assert explain_at(view, position(xs[1], ys[1])) == (title("curvePlot:tangent"), "slope 0.540302")
    assert explain_at(view, QPoint(view.width() // 2, view.height() - 6))[0] == title("curvePlot:axis")
    assert explain_at(view, position(-1.5, 0.5)) == (title("curvePlot"), "")


def test_bars_are_explained_with_their_digit(ui):
    bars, counts = ui.find("predictionBars"), ui.find("digitCounts")
    ui.window.show_tab("data")
    ui.until(lambda: bool(counts.counts))
    row = counts.height() / 11
    assert explain_at(counts, QPoint(20, round(4.5 * row))) == (
        title("digitCounts:bar"),
        f"3: {counts.counts[3]:,} images",
    )
    assert explain_at(counts, QPoint(20, round(0.5 * row)))[1] == f"all: {sum(counts.counts):,} images"
    before, values = bars._values, np.arange(10) / 45
    bars.setValues(values, None)
    kind, detail = bars.whatIs(QPoint(20, round(2.5 * bars.height() / 10)))
    assert (kind, detail[:8]) == ("bar", "2: 0.044")
    bars.setValues(before, None)
    ui.window.show_tab("autodiff")


@pytest.mark.parametrize(
    ("point", "name"),
    [((1.0, 2.0), "up"), ((1.0, 2.4), "up"), ((3.0, 0.0), "flat"), ((1.0, 9.0), None), ((5.0, 0.0), None)],
)
def test_nearest_line_within_a_distance(point, name):
    lines = {"up": (np.array([0.0, 2.0]), np.array([0.0, 4.0])), "flat": (np.array([2.5, 3.5]), np.array([0.0, 0.0])),
             "hole": (np.array([4.0, 5.0, 6.0]), np.array([0.0, np.nan, 0.0]))}  # fmt: skip
    assert nearest_line(lines, point, (0.1, 0.1), 5) == name


def test_value_at_interpolates_linearly():
    assert value_at((np.array([0.0, 2.0]), np.array([0.0, 4.0])), 0.5) == 1.0
