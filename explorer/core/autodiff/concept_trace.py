"""The trace that the depth *Concept* shows: TensorFlow's, with ops folded into those that they serve.

Tensors and values stay TensorFlow's: a folded op takes what its ops take from outside and gives what they give
together, and its step passes on the gradients that leave them.
"""

from collections.abc import Sequence, Set
from dataclasses import dataclass, replace

from explorer.core.autodiff.folding import entry_sources, is_parameter, owners
from explorer.core.autodiff.matrix_rules import MATMUL_TYPES, matmul_formula
from explorer.core.autodiff.matrix_text import factor_ranks
from explorer.core.autodiff.tensor_label import tensor_label
from explorer.core.autodiff.trace import GraphNode, Step, StepInput, Trace, op_of
from explorer.core.autodiff.visible_steps import BACKWARD, forward_steps
from explorer.core.ops.table import op_table

MAX_LABEL_LENGTH = 8
"""Characters of a factor that a rule calls by its name; a longer one is called A or B."""


def concept_trace(trace: Trace) -> Trace:
    """Return the trace with folded ops and steps; the same object if nothing is folded."""
    if not any(node.part_of for node in trace.nodes):
        return trace
    return _Folding(trace).trace()


def corresponding_step(before: Trace, after: Trace, pass_: str, step: int) -> int:
    """Return the step of a pass over ``after`` at which as much has happened as at ``step`` over ``before``.

    Both are traces of one graph, one of them folded. A folded step corresponds to the last of the steps in it.
    """
    if before is after or not step:
        return step
    owner = owners(max(before.nodes, after.nodes, key=len))
    done = _ops_of_steps(before, pass_)[step - 1]
    shown = [op for op in done if owner[op] == op] or [owner[op] for op in done]
    groups = enumerate(_ops_of_steps(after, pass_), 1)
    return max((number for number, ops in groups if any(owner[op] in shown for op in ops)), default=0)


def concept_at(trace: Trace, step: int) -> tuple[Trace, int]:
    """Return the concept of a trace, and the step of its backward pass that corresponds to ``step`` of the trace's."""
    concept = concept_trace(trace)
    return concept, corresponding_step(trace, concept, BACKWARD, step)


def visible_op(whole: Trace, name: str) -> str:
    """Return the op by which a concept shows the op ``name`` of TensorFlow's graph."""
    return owners(whole.nodes).get(name, name)


def _ops_of_steps(trace: Trace, pass_: str) -> tuple[tuple[str, ...], ...]:
    return tuple((step.op,) for step in trace.steps) if pass_ == BACKWARD else forward_steps(trace)


@dataclass(frozen=True)
class _Group:
    """Ops that the concept shows as one.

    main: the op that stands for them. members: all of them, in the order in which they run. output: the tensor that
    others use.
    """

    main: GraphNode
    members: tuple[GraphNode, ...]
    output: str

    @property
    def has_one_rule(self) -> bool:
        """Whether all other members only say how the main op works, so that its rule is that of the group."""
        return all(is_parameter(each) for each in self.members if each is not self.main)


class _Folding:
    """Folds the ops of one trace into groups, and their steps with them."""

    def __init__(self, trace: Trace) -> None:
        self._trace = trace
        self._owner = owners(trace.nodes)
        self._sources = entry_sources(trace.nodes)
        members: dict[str, list[GraphNode]] = {}
        for node in trace.nodes:
            members.setdefault(self._owner[node.id], []).append(node)
        used = {trace.output} | {
            tensor
            for node in trace.nodes
            for tensor in node.inputs
            if self._owner[node.id] != self._owner.get(op_of(tensor))
        }
        places = {node.id: number for number, node in enumerate(trace.nodes)}
        groups = [self._group(main, each, used) for main, each in members.items()]
        self._groups = sorted(groups, key=lambda group: places[op_of(group.output)])

    def trace(self) -> Trace:
        """Return the folded trace."""
        nodes = [self._node(group) for group in self._groups]
        folded = replace(self._trace, nodes=tuple(nodes))
        pairs = reversed(list(zip(self._groups, nodes, strict=True)))
        steps = [step for group, node in pairs if (step := self._step(folded, group, node)) is not None]
        arrivals = [slot.tensor for step in steps for slot in step.inputs if slot.gradient_tensor is not None]
        return replace(folded, steps=tuple(_with_accumulation(step, arrivals) for step in steps))

    def _group(self, main: str, members: Sequence[GraphNode], used: Set[str]) -> _Group:
        """Return a group; ``used``: tensors that go from any group into another."""
        node = self._trace.nodes_by_name[main]
        given = [each.tensor for each in members if each.tensor in used and each.tensor not in self._sources]
        return _Group(node, tuple(members), given[-1] if given else node.tensor)

    # -- nodes ------------------------------------------------------------------------------------

    def _node(self, group: _Group) -> GraphNode:
        node, last = group.main, self._trace.nodes_by_name[op_of(group.output)]
        inputs = tuple(source for tensor in node.inputs if (source := self._outside(node.id, tensor)) is not None)
        if len(group.members) == 1:
            return replace(node, inputs=inputs)
        return replace(
            node,
            type=_concept_type(node),
            inputs=node.arguments or inputs,
            shape=last.shape,
            dtype=last.dtype,
            defines=last.defines,
            formula=last.formula,
            transposed=() if node.arguments else node.transposed,
            folded=tuple((each.id, each.type) for each in group.members if each is not node),
            output=last.tensor,
        )

    def _outside(self, main: str, tensor: str) -> str | None:
        """Return the tensor from outside of a group that enters it as ``tensor``; None if none does."""
        if tensor in self._sources:
            return self._sources[tensor]
        return None if self._owner.get(op_of(tensor)) == main else tensor

    # -- steps ------------------------------------------------------------------------------------

    def _step(self, folded: Trace, group: _Group, node: GraphNode) -> Step | None:
        """Return the step of a folded op, or None if it has none."""
        of_op = self._trace.steps_by_op
        last = of_op.get(op_of(node.tensor))
        if last is None:
            return None
        main = of_op.get(node.id, last)
        steps = [of_op[each.id] for each in reversed(group.members) if each.id in of_op]
        inputs = self._step_inputs(group, node, steps)
        if group.has_one_rule:
            return replace(main, inputs=inputs)
        rule, formula = _rule(folded, node, main)
        computes_alone = node.function is None or _concept_type(node) != node.function
        return replace(
            main,
            type=node.type,
            rule=rule,
            rule_formula=formula,
            source=main.source if computes_alone else None,
            source_note=main.source_note if computes_alone else _several_note(node),
            upstream_tensor=last.upstream_tensor,
            upstream_formula=last.upstream_formula,
            inputs=inputs,
            tf_ops=tuple(name for step in steps for name in step.tf_ops),
            output=node.output,
        )

    def _step_inputs(self, group: _Group, node: GraphNode, steps: Sequence[Step]) -> tuple[StepInput, ...]:
        """Return the slots through which gradients leave a group, in the order of the folded op's inputs."""
        leaving = self._leaving_slots(group, steps)
        inputs = []
        for number, tensor in enumerate(node.inputs):
            waiting = leaving.get(tensor)
            if waiting:
                slot = next((each for each in waiting if each.gradient_tensor is not None), waiting[0])
                waiting.remove(slot)  # the same tensor may be an input once more
                made = replace(slot, slot=number, tensor=tensor)
                inputs.append(made if group.has_one_rule else _without_local(made))
        return tuple(inputs)

    def _leaving_slots(self, group: _Group, steps: Sequence[Step]) -> dict[str, list[StepInput]]:
        """Return the slots of a group's ops, in forward order, by the tensor from outside whose gradient passes."""
        leaving: dict[str, list[StepInput]] = {}
        for step in reversed(steps):
            for slot in step.inputs:
                tensor = self._outside(group.main.id, slot.tensor)
                if tensor is not None and f"{step.op}:0" not in self._sources:
                    leaving.setdefault(tensor, []).append(self._past_reshapes(slot, tensor))
        return leaving

    def _past_reshapes(self, slot: StepInput, tensor: str) -> StepInput:
        """Return the slot through which a gradient reaches ``tensor``, past ops that only reshape it."""
        while slot.tensor != tensor and slot.gradient_tensor is not None:
            step = self._trace.steps_by_op.get(op_of(slot.tensor))
            arrivals = sum(each.gradient_tensor is not None for each in self._trace.slots_of(slot.tensor))
            if step is None or arrivals != 1:
                break
            slot = step.inputs[0]
        return slot


def _without_local(slot: StepInput) -> StepInput:
    """Return the slot of several ops together, which have no local derivative of each entry."""
    return replace(slot, local_tensor=None, local_formula=None, summed_axes=(), product_tensor=None)


def _with_accumulation(step: Step, arrivals: Sequence[str]) -> Step:
    inputs = tuple(
        replace(slot, accumulated=slot.gradient_tensor is not None and arrivals.count(slot.tensor) > 1)
        for slot in step.inputs
    )
    return replace(step, inputs=inputs)


def _concept_type(node: GraphNode) -> str:
    """Return the type of a folded op: the main op's if that is the function, else the function's name."""
    if node.function is None or node.type in op_table()[node.function].tf_types:
        return node.type
    return node.function


def _rule(folded: Trace, node: GraphNode, main: Step) -> tuple[str, str | None]:
    row = op_table().get(node.function or "")
    if node.type in MATMUL_TYPES:
        labels = [tensor_label(folded, tensor) for tensor in node.inputs]
        is_short = len(set(labels)) == len(labels) and all(
            label.isidentifier() and len(label) <= MAX_LABEL_LENGTH for label in labels
        )
        names = (labels[0], labels[1]) if is_short else ("A", "B")
        return op_table()["matmul"].rule, matmul_formula(factor_ranks(folded, node), names, node.transposed)
    if row is not None:
        return row.rule, row.matrix_rule
    return main.rule, main.rule_formula


def _several_note(node: GraphNode) -> str:
    count = 1 + sum(kind != "Const" for _, kind in node.folded)
    return f"{count} ops compute it, each with a rule of its own: see them in Whole TensorFlow graph."
