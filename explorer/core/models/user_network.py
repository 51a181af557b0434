"""The user's own network as a list of layers: which kinds there are, and what can be set on each.

A layer is a plain map, so that it can be kept in a run's settings, sent and saved: ``{"kind": "Dense", "units": 64,
"activation": "relu"}``. Names of kinds and options are Keras's.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from explorer.core.settings import Setting

Row: TypeAlias = dict[str, Any]

MAX_LAYERS = 20

ACTIVATIONS = ("relu", "tanh", "sigmoid", "elu", "silu", "linear")


@dataclass(frozen=True)
class LayerKind:
    """One kind of layer. key: Keras's class. says: what it does. short: begins the names of such layers."""

    key: str
    says: str
    short: str
    options: tuple[Setting, ...] = ()

    def row(self, **given: Any) -> Row:
        """Return a layer of this kind, options not given at their defaults, others within their bounds."""
        return {"kind": self.key, **{o.key: o.checked(given.get(o.key, o.default)) for o in self.options}}


_ACTIVATION = Setting("activation", "relu", "What becomes of each sum", ACTIVATIONS)
_PADDING = Setting(
    "padding", "valid", "valid: only where it fits; same: zeros around, so the size stays", ("valid", "same")
)
_POOL = Setting("pool_size", 2, "Side of the square that becomes one number", low=2, high=7)

KINDS = {
    kind.key: kind
    for kind in (
        LayerKind(
            "Dense",
            "Every unit sums all numbers before it, each with a weight of its own",
            "dense",
            (Setting("units", 64, "How many units", low=1, high=4096), _ACTIVATION),
        ),
        LayerKind(
            "Conv2D",
            "Small filters that are moved over the image",
            "conv",
            (
                Setting("filters", 16, "How many filters", low=1, high=256),
                Setting("kernel_size", 3, "Side of each filter, in pixels", low=1, high=9),
                _ACTIVATION,
                _PADDING,
            ),
        ),
        LayerKind("MaxPooling2D", "Of each small square, only the largest number goes on", "pool", (_POOL,)),
        LayerKind("AveragePooling2D", "Of each small square, the mean goes on", "mean_pool", (_POOL,)),
        LayerKind("GlobalAveragePooling2D", "Of each filter's whole picture, the mean goes on", "global_mean"),
        LayerKind("Flatten", "Pictures become one long list of numbers", "flatten"),
        LayerKind(
            "Dropout",
            "Leaves out a share of the numbers in each training step",
            "dropout",
            (Setting("rate", 0.25, "Share that is left out", low=0.0, high=0.9),),
        ),
        LayerKind(
            "BatchNormalization",
            "Shifts and scales numbers so that over a batch they are about 0 with a spread of 1",
            "norm",
        ),
    )
}
"""By Keras's name."""

DEFAULT: tuple[Row, ...] = (
    KINDS["Conv2D"].row(filters=16),
    KINDS["MaxPooling2D"].row(),
    KINDS["Flatten"].row(),
    KINDS["Dense"].row(units=64),
)
"""A small network to begin with; the ten outputs with softmax follow by themselves."""


def checked_rows(value: Any) -> list[Row] | None:
    """Return layers as they may be, options within their bounds; None for what is no list of layers."""
    if not isinstance(value, Sequence) or isinstance(value, str | bytes) or len(value) > MAX_LAYERS:
        return None
    rows: list[Row] = []
    for row in value:
        kind = KINDS.get(str(row.get("kind"))) if isinstance(row, Mapping) else None
        if kind is None:
            return None
        rows.append(kind.row(**{str(key): given for key, given in row.items() if key != "kind"}))
    return rows


class RowsSetting(Setting):
    """A setting whose value is a list of layers."""

    def checked(self, value: Any) -> Any:
        """Return the layers, or the default for what is none."""
        rows = checked_rows(value)
        return [dict(row) for row in self.default] if rows is None else rows


def row_text(row: Mapping[str, Any]) -> str:
    """Return a layer in a few words: ``Dense 64, relu``."""
    kind = str(row["kind"])
    match kind:
        case "Dense":
            return f"Dense {row['units']}, {row['activation']}"
        case "Conv2D":
            size = row["kernel_size"]
            around = ", same" if row["padding"] == "same" else ""
            return f"Conv2D {row['filters']} of {size} × {size}, {row['activation']}{around}"
        case "MaxPooling2D" | "AveragePooling2D":
            return f"{kind} {row['pool_size']} × {row['pool_size']}"
        case "Dropout":
            return f"Dropout {row['rate']:g}"
    return kind
