"""The user's own network while it is being edited: its layers, their shapes, and which one is selected."""

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QObject, Signal

from explorer.core.models.architecture import LayerSpec, build_layer_specs
from explorer.core.models.layer_shapes import LayerShape, infer_shapes, shape_error
from explorer.core.models.user_network import DEFAULT_LAYERS, LAYER_KINDS, MAX_LAYERS, LayerConfig, check_layers
from explorer.core.training.settings import run_settings


class UserNetwork(QObject):
    """The layers of the user's own network.

    ``layer_configs`` are the layers without the ten outputs; ``current_index`` is the index of the selected one. One
    past the last layer stands for the outputs, which cannot be edited.
    """

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.layer_configs: list[LayerConfig] = [dict(config) for config in DEFAULT_LAYERS]
        self.current_index = 0

    @property
    def layers(self) -> list[LayerSpec]:
        """All layers for Keras, the one that adds a channel axis and the ten outputs included."""
        return build_layer_specs(run_settings(model="own", layers=self.layer_configs))

    @property
    def layer_shapes(self) -> list[LayerShape]:
        """The shape of each of ``layer_configs``, and of the ten outputs at the end."""
        shapes = infer_shapes(self.layers)
        return shapes[len(shapes) - len(self.layer_configs) - 1 :]

    @property
    def message(self) -> str:
        """Message about the first layer that does not fit, "" if all do."""
        return shape_error(self.layers)

    @property
    def parameters(self) -> int:
        """Number of parameters of the layers that fit."""
        return sum(layer.parameters for layer in self.layer_shapes if layer.shape is not None)

    @property
    def is_full(self) -> bool:
        """Whether no layer can be added."""
        return len(self.layer_configs) >= MAX_LAYERS

    def select(self, index: int) -> None:
        """Select a layer; an index beyond the last selects the ten outputs."""
        index = min(max(0, index), len(self.layer_configs))
        if index != self.current_index:
            self.current_index = index
            self.changed.emit()

    def add(self, kind: str) -> None:
        """Insert a layer of a kind after the selected one, and select it."""
        if self.is_full:
            return
        index = min(self.current_index + 1, len(self.layer_configs))
        self.layer_configs.insert(index, LAYER_KINDS[kind].make_config())
        self.current_index = index
        self.changed.emit()

    def remove(self) -> None:
        """Remove the selected layer."""
        if self.current_index < len(self.layer_configs):
            del self.layer_configs[self.current_index]
            self.changed.emit()

    def move(self, offset: int) -> None:
        """Move the selected layer by an offset, such as -1 for up."""
        configs, source, target = self.layer_configs, self.current_index, self.current_index + offset
        if source < len(configs) and 0 <= target < len(configs):
            configs[source], configs[target] = configs[target], configs[source]
            self.current_index = target
            self.changed.emit()

    def set_option(self, key: str, value: Any) -> None:
        """Change an option of the selected layer; a value out of bounds is moved into them."""
        if self.current_index >= len(self.layer_configs):
            return
        old = self.layer_configs[self.current_index]
        options = {name: option for name, option in old.items() if name != "kind"}
        new = LAYER_KINDS[old["kind"]].make_config(**{**options, key: value})
        if new != old:
            self.layer_configs[self.current_index] = new
            self.changed.emit()

    def set_layer_configs(self, configs: Sequence[Any]) -> None:
        """Replace all layers, such as by those of a run; anything but a list of layers is ignored."""
        checked = check_layers(configs)
        if checked is not None and checked != self.layer_configs:
            self.layer_configs, self.current_index = checked, 0
            self.changed.emit()
