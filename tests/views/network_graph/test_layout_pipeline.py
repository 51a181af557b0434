"""A visible graph is measured, laid out, indexed, and its items are created; only the newest is shown."""

import pytest

from explorer.core.network_graph.layout import lay_out_graph
from explorer.views.network_graph import layout_pipeline
from explorer.views.network_graph.layout_pipeline import LayoutPipeline


@pytest.fixture
def prepared():
    return []


@pytest.fixture
def pipeline(qapp, prepared):
    def prepare_items(placed):
        for node in placed.visible.nodes:
            prepared.append(node.id)
            yield

    return LayoutPipeline(prepare_items)


def collect(signal):
    emitted = []
    signal.connect(lambda *arguments: emitted.append(arguments))
    return emitted


def test_a_small_graph_is_laid_out_here(pipeline, prepared, visible_graph):
    ready, requested = collect(pipeline.ready), collect(pipeline.layoutRequested)
    visible = visible_graph()
    pipeline.start("toy", visible, 1.9)
    pipeline.finish()
    assert requested == []
    [(source, index)] = ready
    assert source == "toy"
    assert index.placed.visible is visible
    assert len(index.rects) == len(visible.nodes)
    assert prepared == [node.id for node in visible.nodes]
    assert not pipeline.is_pending


def test_the_layout_of_a_large_graph_is_requested(pipeline, prepared, visible_graph, monkeypatch):
    monkeypatch.setattr(layout_pipeline, "MAX_LOCAL_LAYOUT", 2)
    monkeypatch.setattr(layout_pipeline, "MAX_ITEMS", 2)
    ready, requested = collect(pipeline.ready), collect(pipeline.layoutRequested)
    pipeline.start("toy", visible_graph(), 1.9)
    pipeline.finish()
    assert ready == []
    assert pipeline.is_pending
    [(visible, measurements)] = requested
    layout = lay_out_graph(visible, *measurements)
    pipeline.set_layout(layout)
    pipeline.finish()
    assert ready[0][1].placed.layout is layout
    assert prepared == [], "the items of a large graph are created when they come into view"


def test_a_newer_graph_replaces_one_that_is_pending(pipeline, visible_graph, monkeypatch):
    monkeypatch.setattr("explorer.session.time_slicing.TIME_SLICE_S", 0.0)
    ready = collect(pipeline.ready)
    pipeline.start("old", visible_graph(), 1.9)
    pipeline.start("new", visible_graph(count=5), 1.9)
    pipeline.finish()
    assert [source for source, _ in ready] == ["new"]


def test_after_cancelling_a_late_layout_is_ignored(pipeline, visible_graph, monkeypatch):
    monkeypatch.setattr(layout_pipeline, "MAX_LOCAL_LAYOUT", 2)
    ready, requested = collect(pipeline.ready), collect(pipeline.layoutRequested)
    pipeline.start("toy", visible_graph(), 1.9)
    pipeline.finish()
    pipeline.cancel()
    visible, measurements = requested[0]
    pipeline.set_layout(lay_out_graph(visible, *measurements))
    pipeline.finish()
    assert ready == []
    assert not pipeline.is_pending


def start(pipeline, visible, zoom_of, **options):
    """Return the placed graph."""
    ready = collect(pipeline.ready)
    pipeline.start("toy", visible, 2.4, zoom_of, **options)
    pipeline.finish()
    return ready[-1][1].placed


def view_of(width, height):
    return lambda size: min(width / size[0], height / size[1])


def test_a_graph_that_fits_has_all_its_texts(pipeline, visible_graph):
    visible = visible_graph(count=3)
    placed = start(pipeline, visible, view_of(1200, 500))
    assert not placed.is_compact
    assert set(placed.layout.labels) == {edge.key for edge in visible.edges}


def test_a_graph_that_does_not_fit_is_compact_and_larger(pipeline, visible_graph):
    visible, zoom_of = visible_graph(count=24), view_of(1200, 500)
    placed = start(pipeline, visible, zoom_of)
    full = start(pipeline, visible, None)
    assert placed.is_compact
    assert not full.is_compact
    assert zoom_of(placed.layout.size) > 1.1 * zoom_of(full.layout.size)
    assert placed.layout.labels == {}


def test_a_graph_that_does_not_fit_compactly_either_has_all_its_texts(pipeline, visible_graph):
    assert not start(pipeline, visible_graph(count=50), view_of(500, 200)).is_compact


@pytest.mark.parametrize("was_compact", [False, True])
def test_while_groups_open_a_graph_stays_as_compact_as_it_was(pipeline, visible_graph, was_compact):
    visible = visible_graph(count=24, open_groups=("l3",))
    placed = start(pipeline, visible, None, was_compact=was_compact)
    assert placed.is_compact == was_compact
    assert any(key.startswith("l3/") for key in placed.layout.labels)  # edges inside the group have their texts
    closed = {node.id: placed.layout.sizes[node.id] for node in visible.nodes if node.kind == "group"}
    before = start(pipeline, visible_graph(count=24), None, was_compact=was_compact)
    assert all(before.layout.sizes[name] == size for name, size in closed.items())
