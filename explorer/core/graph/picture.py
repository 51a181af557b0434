"""Pictures of graphs, as boxes and links: pure functions of a trace or a parsed expression."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from explorer.core.autodiff.concept_trace import concept_trace
from explorer.core.autodiff.output_name import output_name, standalone_name
from explorer.core.autodiff.tensor_text import folded_text
from explorer.core.autodiff.trace import GradientNode, GraphNode, Trace, op_of
from explorer.core.expression.names import display_name, short_name
from explorer.core.expression.printer import to_text
from explorer.core.ops.table import op_table, ops_by_type
from explorer.core.syntax_tree import Apply, Array, Constant, Node, Number, Program, Reference, Variable

OUTPUT_ID = "output:"
"""Id of the box of the output's name; no op of TensorFlow can have this name."""

COMMUTATIVE_TYPES = frozenset({"AddV2", "Add", "Mul", "Maximum", "Minimum"})
"""Types of ops whose arguments may be drawn in any order."""


PARAMETER_TYPES = frozenset({"Const", "Shape"})
"""Types of folded ops that only say how others work, which a box does not count."""


@dataclass(frozen=True)
class Box:
    """A node of a picture.

    kind: ``op``, ``input``, ``constant``, ``gradient`` or ``output``.
    symbol: large text. name: TensorFlow's name, small.
    tensor: tensor whose value is shown.
    beside: for a backward op, the box beside which it stands. step: the step that runs it.
    ordered: whether the order of the arguments matters.
    shape: of the value; () for a number, or if it is unknown.
    folded: which ops are folded into it, "" for none.
    """

    id: str
    kind: str
    symbol: str
    name: str
    tensor: str | None
    beside: str | None = None
    step: int = 0
    ordered: bool = False
    shape: tuple[int, ...] = ()
    folded: str = ""


@dataclass(frozen=True)
class Link:
    """An argument slot.

    kind: ``forward``, ``backward`` (a gradient is passed on) or ``uses`` (a backward op reads a forward value).
    gradient: gradient tensor that runs back along a forward link, or None. step: the step that computes it.
    shape: of the value; () for a number, or if it is unknown.
    """

    source: str
    target: str
    slot: int
    kind: str
    tensor: str
    gradient: str | None = None
    step: int = 0
    shape: tuple[int, ...] = ()

    @property
    def key(self) -> str:
        """Unique key among the links of a picture."""
        return f"{self.source} {self.target} {self.slot}"


@dataclass(frozen=True)
class Picture:
    """Boxes in forward order, and the links between them."""

    boxes: tuple[Box, ...]
    links: tuple[Link, ...]


def concept_picture(trace: Trace) -> Picture:
    """Return the picture of the forward graph with folded ops, along whose links the gradients run back."""
    return _forward_picture(concept_trace(trace))


def _forward_picture(trace: Trace) -> Picture:
    name = f"Σ {display_name(output_name(trace))}" if trace.summed else display_name(standalone_name(trace))
    boxes = [_forward_box(trace, node) for node in trace.nodes]
    return Picture((*boxes, Box(OUTPUT_ID, "output", name, "", None)), tuple(_forward_links(trace)))


def full_picture(trace: Trace, unneeded: bool = False) -> Picture:
    """Return the picture of every op and argument; ``unneeded``: with ops for gradients that were not requested."""
    steps = {name: number for number, step in enumerate(trace.steps, 1) for name in step.tf_ops}
    complete = {tensor: trace.last_step_of(tensor) for tensor in trace.tensor_gradients}
    picture = _forward_picture(trace)
    boxes = list(picture.boxes)
    links = [replace(link, gradient=None, step=0, shape=()) for link in picture.links]
    shown = [node for node in trace.gradient_nodes if node.needed or unneeded]
    ids = {node.id for node in shown}
    forward = set(trace.nodes_by_name)
    for node in shown:
        step = steps.get(node.id, complete.get(node.sums or "", 0))
        boxes.append(_backward_box(node, forward, step))
        for slot, tensor in enumerate(node.inputs):
            source = op_of(tensor)
            if source in ids or source in forward:
                links.append(Link(source, node.id, slot, "backward" if source in ids else "uses", tensor, None, step))
    return Picture(tuple(boxes), tuple(links))


def parsed_picture(program: Program) -> Picture:
    """Return the picture of a parsed expression, without names and tensors, which only TensorFlow's graph has."""
    boxes: dict[str, Box] = {}
    links: list[Link] = []
    defined: dict[str, str] = {}
    variables: dict[str, str] = {}

    def add(kind: str, symbol: str) -> str:
        name = f"parsed {len(boxes)}"
        boxes[name] = Box(name, kind, symbol, "", None)
        return name

    def visit(node: Node) -> str:
        match node:
            case Number():
                return add("constant", to_text(node) or "…")
            case Constant(name):
                return add("constant", display_name(name))
            case Array():
                return add("constant", "[…]")
            case Variable(name):
                if name not in variables:
                    variables[name] = add("input", display_name(name))
                return variables[name]
            case Reference(name):
                return defined[name]
            case Apply(op, arguments):
                shown = (arguments[0], arguments[2]) if op == "custom" else arguments  # its derivative is not an input
                sources = [visit(argument) for argument in shown]
                target = add("op", op_table()[op].symbol)
                links.extend(Link(source, target, slot, "forward", "") for slot, source in enumerate(sources))
                return target

    for name, node in program.definitions.items():
        defined[name] = visit(node)
    last = visit(program.output)
    boxes[OUTPUT_ID] = Box(OUTPUT_ID, "output", display_name(_parsed_name(program)), "", None)
    links.append(Link(last, OUTPUT_ID, 0, "forward", ""))
    return Picture(tuple(boxes.values()), tuple(links))


def _parsed_name(program: Program) -> str:
    """Return the name that `output_name` gives once TensorFlow has built the graph."""
    if isinstance(program.output, Reference | Variable):
        return program.output.name
    return "f" if "y" in program.variables else "y"


def _forward_box(trace: Trace, node: GraphNode) -> Box:
    shape = _known(node.shape)
    variable = trace.variable_of(node.tensor)
    if variable is not None:
        return Box(node.id, "input", display_name(variable), node.type, node.tensor, shape=shape)
    if node.type == "Const":
        symbol = "π" if node.formula == "pi" else node.formula or "const"
        symbol = symbol if len(symbol) <= 8 else "const"
        return Box(node.id, "constant", symbol, short_name(node.id), node.tensor, shape=shape)
    if node.type == "Fill" and node.formula is not None:
        return Box(node.id, "constant", node.formula, short_name(node.id), node.tensor, shape=shape)
    row = ops_by_type().get(node.type)
    name = short_name(node.id) if node.defines in (None, node.id) else f"{display_name(node.defines or '')} · {node.id}"
    hidden = sum(kind not in PARAMETER_TYPES for _, kind in node.folded)
    name = f"{name} +{hidden}" if hidden else name
    ordered = len(node.inputs) > 1 and node.type not in COMMUTATIVE_TYPES
    symbol = row.symbol if row is not None else node.type
    folded = folded_text(node)
    return Box(node.id, "op", symbol, name, node.tensor, ordered=ordered, shape=shape, folded=folded)


def _backward_box(node: GradientNode, forward: set[str], step: int) -> Box:
    row = ops_by_type().get(node.type)
    beside = op_of(node.sums) if node.sums is not None else node.forward
    symbol = "Σ" if node.sums is not None else row.symbol if row is not None else node.type
    name = short_name(node.id)
    beside = beside if beside in forward else OUTPUT_ID
    return Box(node.id, "gradient", symbol, name, node.tensor, beside, step, shape=_known(node.shape))


def _known(shape: tuple[int | None, ...] | None) -> tuple[int, ...]:
    """Return a shape, () if it is not known."""
    return () if shape is None or None in shape else tuple(size for size in shape if size is not None)


def _forward_links(trace: Trace) -> Iterator[Link]:
    gradients = {
        (step.op, slot.slot): (slot.gradient_tensor, number)
        for number, step in enumerate(trace.steps, 1)
        for slot in step.inputs
    }
    sources = trace.nodes_by_tensor
    for node in trace.nodes:
        for slot, tensor in enumerate(node.inputs):
            gradient, number = gradients.get((node.id, slot), (None, 0))
            source = sources.get(tensor)
            name, shape = (source.id, source.shape) if source is not None else (op_of(tensor), ())
            yield Link(name, node.id, slot, "forward", tensor, gradient, number, _known(shape))
    seed, last = trace.tensor_gradients.get(trace.output), sources[trace.output]
    yield Link(last.id, OUTPUT_ID, 0, "forward", trace.output, seed, 0, _known(last.shape))
