"""The command ``graph``: the training graph of a network as text, as one line of JSON, or as a picture."""

import argparse
import io
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from explorer.commands.output_file import output_path, writing
from explorer.commands.quiet_stderr import quiet_stderr
from explorer.core.errors import UserError
from explorer.core.network_graph.losses import parse_loss
from explorer.core.network_graph.sources import KERAS_PREFIX, is_source
from explorer.core.number_format import format_count
from explorer.core.training.settings import MODELS

if TYPE_CHECKING:
    from explorer.core.network_graph.graph import NetworkGraph
    from explorer.core.protocol.network_graph import LossInfo
    from explorer.engine.network_graph.tracing import TracedNetwork

_SINGULAR = {"control": "control", "identities": "identity"}
"""Of the kinds of helper ops, where it is not the plural without its s."""

FORMATS = (".svg", ".png", ".pdf", ".dot")


def run(options: argparse.Namespace) -> int:
    """Run the command and return its exit status. Raises UserError."""
    target = None if options.output is None else output_path(options.output, FORMATS)
    if not is_source(options.model):
        raise UserError(
            f"{options.model} is not a network: use one of {', '.join(MODELS)}, a FILE.keras or FILE.h5, "
            f"or {KERAS_PREFIX}ResNet50."
        )
    if options.json and isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace", newline="\n")
    if options.loss:
        parse_loss(options.loss)  # what is misspelled is found before TensorFlow starts
    with quiet_stderr():
        from explorer.core.data.dataset import load_sample
        from explorer.engine.network_graph.batch import Images
        from explorer.engine.network_graph.losses import loss_info
        from explorer.engine.network_graph.sources import create_model, trace_model

        sample = load_sample()
        images = Images(sample.x_train, sample.y_train, len(sample.classes), sample.name)
        traced = trace_model(
            create_model(options.model), options.model, loss=options.loss, data=options.data, images=images
        )
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
    with quiet_stderr():
        from explorer.engine.network_graph.losses import training_sentence
        from explorer.engine.network_graph.values import loss_value

        value = loss_value(traced)
        reason = f"{traced.network_loss.reason} {training_sentence(traced.model) if traced.loss else ''}".strip()
    loss, batch = loss_info(traced.network_loss, value), traced.batch.info
    if options.json:
        shown = {key: value for key, value in batch.items() if key != "title"}  # the description says more
        print(json.dumps({**graph.to_json(), "loss": loss, "batch": shown}), flush=True)
    else:
        sentences = [_loss_text(loss, value, reason), f"batch: {batch['description']}"]
        print(_as_text(graph, opened, sentences), flush=True)
    return 0


def _loss_text(loss: "LossInfo | None", value: float | None, reason: str) -> str:
    if loss is None:
        return f"loss: none. {reason}"
    number = "unknown" if value is None else f"{value:.6g}"
    return f"loss: {number}, {loss['name']} ({loss['source']}). {reason}"


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


def _as_text(graph: "NetworkGraph", opened: frozenset[str], sentences: Sequence[str]) -> str:
    """Return the size of the graph, what is hidden, some sentences, and the groups as far as they are open."""
    backward = sum(op.backward for op in graph.ops)
    kinds = {kind: count for kind, count in graph.hidden_counts.items() if count}
    hidden = ", ".join(f"{n:,} {kind if n != 1 else _SINGULAR.get(kind, kind[:-1])}" for kind, n in kinds.items())
    lines = [
        f"{graph.model}: {format_count(len(graph.ops), 'op')}, {backward:,} of them in the backward pass; "
        f"{format_count(graph.edge_count, 'edge')}",
        f"hidden, because they only serve others: {hidden or 'none'}",
        *sentences,
        "",
    ]
    for group in graph.groups.values():
        if group.parent is None or group.parent in opened:
            kind = f" ({group.kind})" if group.kind else ""
            parameters = f", {format_count(group.parameters, 'parameter')}" if group.parameters else ""
            lines.append(f"{'  ' * group.depth}{group.id}{kind}: {format_count(group.ops, 'op')}{parameters}")
    return "\n".join(lines)
