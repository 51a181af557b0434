"""What the engine tells of one expression: TensorFlow's graph, its backward pass step by step, and the values.

A `Trace` is the structure and stays the same while sliders move; `Values` are the numbers. Both cross the pipe
as plain maps (`to_dict`, `from_dict`), so nothing here knows a process, a window or TensorFlow.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np

Values: TypeAlias = Mapping[str, "np.ndarray[Any, Any]"]
"""Tensor name (``"mul:0"``) to its value in the trace's dtype; tensors that were not computed are missing."""


@dataclass(frozen=True)
class GraphNode:
    """One TensorFlow op of the forward graph.

    inputs: tensor names, one for each argument slot. shape: of output 0, None for an unknown shape.
    defines: the name that a statement gave to this op's output (``h``), or None.
    formula: what it computes, in the input variables, text of our language, or None if it is too long.
    """

    id: str
    type: str
    inputs: tuple[str, ...]
    shape: tuple[int, ...] | None
    dtype: str
    device: str
    defines: str | None = None
    formula: str | None = None

    @property
    def tensor(self) -> str:
        """Name of the op's first output."""
        return f"{self.id}:0"


@dataclass(frozen=True)
class GradientNode:
    """One TensorFlow op of the backward pass.

    forward: the forward op it belongs to; the seed belongs to the output's. sums: for an AddN that sums the
    gradients of a fan-out, the forward tensor whose gradient it is. needed: whether a wanted gradient is
    reached from it; TensorFlow also builds ops for gradients nobody asked for.
    """

    id: str
    type: str
    forward: str | None
    sums: str | None
    inputs: tuple[str, ...]
    shape: tuple[int, ...] | None
    dtype: str
    device: str
    needed: bool

    @property
    def tensor(self) -> str:
        """Name of the op's first output."""
        return f"{self.id}:0"


@dataclass(frozen=True)
class StepInput:
    """One argument slot of a backward step's op that leads to what is differentiated.

    tensor: the forward tensor in the slot. local_tensor: holds the local derivative (what the registered
    gradient function returns for an upstream of ones), None if not elementwise or without gradient.
    local_formula: our symbol for it. gradient_tensor: what is passed on through this slot, None if nothing is.
    accumulated: whether an AddN will sum it with others. chain: the product so far through this slot;
    total: all that has arrived at ``tensor`` up to and with this step, sums in parentheses.
    """

    slot: int
    tensor: str
    local_tensor: str | None
    local_formula: str | None
    gradient_tensor: str | None
    accumulated: bool
    chain: str | None
    total: str | None


@dataclass(frozen=True)
class Step:
    """One backward step: one forward op, its upstream gradient and what it passes on.

    Step k of the backward pass is ``Trace.steps[k - 1]``; step 0 is the seed, 1 at the output.
    rule, rule_formula: the textbook's name of the rule, and it in symbols (matrix form where not elementwise).
    source: TensorFlow's registered gradient function as source text, or None; source_note says why not.
    upstream_formula: our symbol for what arrives. tf_ops: the backward ops that did it, maybe none.
    """

    op: str
    type: str
    rule: str
    rule_formula: str | None
    source: str | None
    source_note: str | None
    upstream_tensor: str | None
    upstream_formula: str | None
    inputs: tuple[StepInput, ...]
    tf_ops: tuple[str, ...]


@dataclass(frozen=True)
class GradientInfo:
    """The gradient of the output with respect to one variable; ``note`` says why something is None."""

    tensor: str | None
    chain: str | None
    note: str | None


@dataclass(frozen=True)
class Trace:
    """One expression as TensorFlow built it.

    graph: the engine's number for it, to ask for new values. at: the values of all variables, in their order,
    as nested lists. fetches: names of all tensors whose values come with it, forward, backward and local.
    nodes are those that lead to the output, each after its inputs. summed: True where the output is no scalar,
    so that TensorFlow differentiates its sum.
    differentiated_by: variables by which the expression was differentiated first, so that its derivative is traced.
    """

    graph: int
    expression: str
    dtype: str
    variables: Mapping[str, str]
    output: str
    summed: bool
    nodes: tuple[GraphNode, ...]
    gradient_nodes: tuple[GradientNode, ...]
    steps: tuple[Step, ...]
    gradients: Mapping[str, GradientInfo]
    tensor_gradients: Mapping[str, str]
    fetches: tuple[str, ...]
    point: Mapping[str, Any] = field(default_factory=dict)
    differentiated_by: tuple[str, ...] = ()

    def is_same_function(self, other: "Trace") -> bool:
        """Whether both are traces of one function, possibly with other shapes, precision or values."""
        return (self.expression, self.differentiated_by) == (other.expression, other.differentiated_by)

    def to_dict(self) -> dict[str, Any]:
        """Return a plain map of strings, numbers, lists and maps."""
        # What `dataclasses.asdict` returns, without the deep copy of every text, which takes longer than to send it.
        steps = tuple({**vars(step), "inputs": tuple(dict(vars(slot)) for slot in step.inputs)} for step in self.steps)
        return {
            **vars(self),
            "nodes": tuple(dict(vars(node)) for node in self.nodes),
            "gradient_nodes": tuple(dict(vars(node)) for node in self.gradient_nodes),
            "steps": steps,
            "gradients": {name: dict(vars(info)) for name, info in self.gradients.items()},
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> "Trace":
        """Build a trace from a plain map; raises KeyError or TypeError if fields are missing or unknown."""
        fields = dict(data)
        fields["nodes"] = tuple(GraphNode(**_tuples(node)) for node in data["nodes"])
        fields["gradient_nodes"] = tuple(GradientNode(**_tuples(node)) for node in data["gradient_nodes"])
        fields["steps"] = tuple(
            Step(**{**_tuples(step), "inputs": tuple(StepInput(**slot) for slot in step["inputs"])})
            for step in data["steps"]
        )
        fields["gradients"] = {name: GradientInfo(**info) for name, info in data["gradients"].items()}
        fields["fetches"] = tuple(data["fetches"])
        fields["differentiated_by"] = tuple(data.get("differentiated_by", ()))
        return cls(**fields)


def _tuples(data: Mapping[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in data.items()}
