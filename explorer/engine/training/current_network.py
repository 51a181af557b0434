"""The network that the window looks into: of the latest run, or from a file."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from explorer.core.models.input_scale import InputScale
from explorer.engine.training.weight_history import WeightHistory

if TYPE_CHECKING:
    # Both import Keras, which takes a second: a run must be accepted before.
    from explorer.engine.models.compiled_loss import CompiledLoss
    from explorer.engine.models.inspector import ModelInspector
    from explorer.engine.training.optimizer_state import OptimizerState


@dataclass
class CurrentNetwork:
    """A network with the weights of many steps of its training.

    model: a `keras.Model`. probes: images on which units are tried, (n, 28, 28) uint8; labels: theirs, (n,).
    optimizer_state: how it is trained, None for a network from a file. compiled: its loss in that file, None for one of
    a run. number: as the window knows it. inspector: a copy of the model to look into, None until the first request
    that needs one. scale: how images are fed.
    """

    title: str
    model: Any
    history: WeightHistory
    probes: Any
    optimizer_state: "OptimizerState | None" = None
    number: int = 0
    labels: Any = None
    compiled: "CompiledLoss | None" = None
    inspector: "ModelInspector | None" = field(default=None, repr=False)
    scale: InputScale = InputScale.UNIT
