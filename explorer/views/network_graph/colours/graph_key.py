"""Which colours a network's graph shows now, and what they stand for."""

from explorer.core.network_graph.graph import ROOT
from explorer.core.network_graph.visible_graph import VisibleGraph
from explorer.views.network_graph.colours.heat_scale import LINEAR, OVERLAY_TITLES, HeatScale
from explorer.views.network_graph.node_items import heat_colour
from explorer.views.painting.colour_key import BoxKey, KeyEntry, LineKey, ScaleKey
from explorer.views.painting.diverging_colours import diverging_colour
from explorer.views.theme.theme import Theme

SCALE_STEPS = 16
"""Pieces of a scale of colours; between their ends colours are interpolated."""


def graph_key(
    visible: VisibleGraph, theme: Theme, heats: HeatScale, step: int, *, has_values: bool, is_overview: bool,
    is_compact: bool = False, has_odd_pictures: bool = False,
) -> list[KeyEntry]:  # fmt: skip
    """Return the entries of the key.

    step: of the backward pass. has_values: whether values have been computed; until then, lines are grey. is_overview:
    whether boxes are painted without texts. is_compact: whether the outermost boxes have no thumbnails.
    has_odd_pictures: whether thumbnails have pixels that are NaN or infinite.
    """
    kinds = {node.kind for node in visible.nodes}
    is_reached = 0 < step <= len(visible.steps)
    entries: list[KeyEntry] = []
    if has_values or is_overview:
        entries.append(LineKey("value, forward", theme.value))
    else:
        entries.append(LineKey("forward, not computed", theme.faint))
    if visible.steps and has_values and not is_overview:
        entries.append(LineKey("gradient, backward", theme.gradient, is_dashed=True, is_backward=True))
    entries += _backward_lines(visible, theme, step, is_overview=is_overview)
    entries += _overview_boxes(kinds, theme, is_reached) if is_overview else _boxes(kinds, theme, is_reached)
    if heats.heats:
        colours = tuple(heat_colour(theme, k / SCALE_STEPS) for k in range(SCALE_STEPS + 1))
        entries.append(ScaleKey(OVERLAY_TITLES[heats.overlay], colours, *heats.end_texts, heats.kind))
    pictured = any(node.has_thumbnails for node in visible.nodes if not is_compact or node.container != ROOT)
    if has_values and not is_overview and pictured:
        entries += picture_key(theme, "pictures", "−max", "max of each box", has_odd=has_odd_pictures)
    return entries


def picture_key(theme: Theme, text: str, low: str, high: str, *, has_odd: bool) -> list[KeyEntry]:
    """Return the entries of pictures of a tensor. has_odd: whether there are numbers that are NaN or infinite."""
    colours = tuple(diverging_colour(theme, 2 * k / SCALE_STEPS - 1) for k in range(SCALE_STEPS + 1))
    entries: list[KeyEntry] = [ScaleKey(text, colours, low, high, LINEAR)]
    if has_odd:
        entries.append(BoxKey("NaN or infinite", theme.error, theme.error))
    return entries


def _backward_lines(visible: VisibleGraph, theme: Theme, step: int, *, is_overview: bool) -> list[KeyEntry]:
    """Return the entries of the lines to and between backward ops."""
    edges = [edge for edge in visible.edges if edge.kind != "forward"] if visible.backward else []
    kinds = {edge.kind for edge in edges}
    reached = {edge.kind for edge in edges if 0 < edge.step <= step}
    entries: list[KeyEntry] = []
    if "backward" in (kinds if is_overview else reached):
        entries.append(LineKey("between backward ops", theme.gradient, width=1.4, is_backward=True))
    if is_overview and "uses" in kinds:
        entries.append(LineKey("value for a backward op", theme.faint, width=1.4))
    elif "uses" in reached:
        entries.append(LineKey("value for a backward op", theme.value, width=1.4, is_dashed=True))
    if not is_overview and any(not 0 < edge.step <= step for edge in edges):
        entries.append(LineKey("not reached yet", theme.faint, width=1.4, is_dashed=True, is_backward=True))
    return entries


def _boxes(kinds: set[str], theme: Theme, is_reached: bool) -> list[KeyEntry]:
    entries: list[KeyEntry] = []
    if is_reached:
        entries.append(BoxKey("this step", theme.gradient_soft, theme.gradient, width=3.0))
    if "backward" in kinds:
        colour = theme.gradient if is_reached else theme.faint
        entries.append(BoxKey("backward op", theme.panel, colour, is_dashed=not is_reached))
    if "helper" in kinds:
        entries.append(BoxKey("helper op", theme.panel, theme.faint, is_dashed=True))
    return entries


def _overview_boxes(kinds: set[str], theme: Theme, is_reached: bool) -> list[KeyEntry]:
    entries: list[KeyEntry] = [BoxKey("forward", theme.value_soft, theme.muted)]
    if is_reached:
        entries.append(BoxKey("reached by the backward pass", theme.gradient, theme.gradient))
    if "backward" in kinds:
        entries.append(BoxKey("backward op", theme.gradient_soft, theme.gradient))
    if "helper" in kinds:
        entries.append(BoxKey("helper op", theme.faint, theme.muted))
    return entries
