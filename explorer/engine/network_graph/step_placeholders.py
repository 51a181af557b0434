"""The placeholders of a training step: their names, and the groups in which they stand."""

import re
from dataclasses import dataclass

import keras

from explorer.core.network_graph.losses import LabelForm
from explorer.engine.network_graph.batch import Batch
from explorer.engine.network_graph.end_names import input_names, output_names
from explorer.engine.network_graph.losses import NetworkLoss, NoLoss

INPUT_GROUP, LABEL_GROUP = "input", "truth"
"""Groups of the placeholders of inputs and of labels; of several each has its own, with its name behind."""


@dataclass(frozen=True)
class StepPlaceholder:
    """A placeholder. op: its name. group: the group that it is in."""

    op: str
    group: str


def step_placeholders(model: keras.Model, batch: Batch, loss: NetworkLoss | NoLoss) -> list[StepPlaceholder]:
    """Return the placeholders of a step, in the order of ``batch.arrays``."""
    if len(batch.inputs) == 1:
        found = [StepPlaceholder("images" if _is_image(batch.inputs[0].shape[1:]) else "inputs", INPUT_GROUP)]
    else:
        names = [_valid(names[0]) for names in input_names(model)]
        found = [StepPlaceholder(f"input_{name}", f"{INPUT_GROUP} {name}") for name in names]
    labels = [place for place, known in enumerate(batch.labels) if known is not None]
    forms = loss.forms if isinstance(loss, NetworkLoss) else ()
    for place in labels:
        kind = "targets" if forms[place] is LabelForm.NUMBER else "labels"
        name = _valid(output_names(model)[place][0])
        is_only = len(model.outputs) == 1
        group = LABEL_GROUP if is_only else f"{LABEL_GROUP} {name}"
        found.append(StepPlaceholder(kind if is_only else f"{kind}_{name}", group))
    return found


def _is_image(shape: tuple[int, ...]) -> bool:
    return len(shape) == 3 or (len(shape) == 2 and shape[0] == shape[1]) or shape == (784,)


def _valid(name: str) -> str:
    """Return a name with characters that TensorFlow takes, and without the sign between groups."""
    return re.sub(r"[^A-Za-z0-9_.]", "_", name)
