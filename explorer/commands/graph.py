"""The command ``graph``: the training graph of a network as text, as one line of JSON, or as a picture."""

import argparse
import io
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from explorer.commands.output_file import output_path, writing
from explorer.commands.quiet_stderr import quiet_stderr
from explorer.core.errors import UserError
from explorer.core.network_graph.sources import KERAS_PREFIX, is_source
from explorer.core.number_format import format_count
from explorer.core.training.settings import MODELS

if TYPE_CHECKING:
    from explorer.core.network_graph.graph import NetworkGraph
    from explorer.engine.network_graph.tracing import TracedNetwork

FORMATS = (".svg", ".png", ".pdf", ".dot")


def run(options: argparse.Namespace) -> int:
    """Run the command and return its exit status. Raises UserError."""
    target = None if options.output is None else output_path(options.output, FORMATS)
    if not is_source(options.model):
        raise UserError(
            f"{options.model} is not a network: use one of {', '.join(MODELS)}, a FILE.keras, "
            f"or {KERAS_PREFIX}ResNet50."
        )
    if options.json and isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace", newline="\n")
    with quiet_stderr():
        from explorer.engine.network_graph.sources import create_model, trace_model

        traced = trace_model(create_model(options.model), options.model)
    graph = traced.graph
    opened = graph.open_at_level(options.level)
    try:
        opened |= graph.with_ancestors([group for groups in options.open for group in groups])
    except KeyError as error:
        first = ", ".join(list(graph.groups)[:8])
        raise UserError(f"There is no group {error.args[0]}; the first ones are {first}.") from error
    if target is not None:
        with writing(options.output):
            _draw(traced, opened, target, options.theme)
    print(json.dumps(graph.to_json()) if options.json else _as_text(graph, opened), flush=True)
    return 0


def _draw(traced: "TracedNetwork", opened: frozenset[str], target: Path, theme: str) -> None:
    from explorer.core.network_graph.dot_export import dot_text
    from explorer.core.network_graph.visible_graph import build_visible_graph

    visible = build_visible_graph(traced.graph, opened, traced.order)
    if target.suffix.lower() == ".dot":
        target.write_text(dot_text(traced.graph.model, visible), encoding="utf-8")
        return
    from explorer.commands.window_setup import go_offscreen

    go_offscreen(1.0)
    from explorer.app import application
    from explorer.views.network_graph.export import save_network_view
    from explorer.views.theme.theme import load_fonts, load_theme

    application()
    load_fonts()
    save_network_view(visible, target, load_theme(theme))


def _as_text(graph: "NetworkGraph", opened: frozenset[str]) -> str:
    """Return the size of the graph, what is hidden, and its groups as far as they are open."""
    backward = sum(op.backward for op in graph.ops)
    kinds = {kind: count for kind, count in graph.hidden_counts.items() if count}
    hidden = ", ".join(f"{n} {kind}" if kind == "control" else format_count(n, kind[:-1]) for kind, n in kinds.items())
    lines = [
        f"{graph.model}: {format_count(len(graph.ops), 'op')}, {backward:,} of them in the backward pass; "
        f"{format_count(graph.edge_count, 'edge')}",
        f"hidden, because they only serve others: {hidden or 'none'}",
        "",
    ]
    for group in graph.groups.values():
        if group.parent is None or group.parent in opened:
            kind = f" ({group.kind})" if group.kind else ""
            parameters = f", {format_count(group.parameters, 'parameter')}" if group.parameters else ""
            lines.append(f"{'  ' * group.depth}{group.id}{kind}: {format_count(group.ops, 'op')}{parameters}")
    return "\n".join(lines)
