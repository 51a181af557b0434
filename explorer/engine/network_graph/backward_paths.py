"""The ways along which gradients go back from the loss to a tensor, with the tensors that hold them."""

from collections import deque
from collections.abc import Mapping

from explorer.core.network_graph.gradient_health import Passage
from explorer.engine.network_graph.tracing import TracedNetwork


class BackwardPaths:
    """The arguments through which gradients go back, by the tensor that is the argument.

    Called functions count as one op; tensors have the names that they have outside of these. totals: from a tensor to
    that of its total gradient.
    """

    def __init__(self, traced: TracedNetwork) -> None:
        self._traced = traced
        self._outer = traced.originals
        self.totals = {self._outer.get(name, name): gradient for name, gradient in traced.gradients.items()}
        graph = traced.function.graph
        self._users: dict[str, list[tuple[str, int]]] = {}
        self._outputs: dict[str, list[str]] = {}
        for name, slot in traced.slots:
            op = graph.get_operation_by_name(name)
            self._users.setdefault(op.inputs[slot].name, []).append((name, slot))
            self._outputs.setdefault(name, [tensor.name for tensor in op.outputs])

    def outputs(self, op: str) -> list[str]:
        """Return the outputs of an op to which a gradient comes."""
        return [tensor for tensor in self._outputs.get(op, ()) if tensor in self.totals]

    def gradients_after(self, tensor: str) -> set[str]:
        """Return all gradients on the ways from the loss to a tensor."""
        found: set[str] = set()
        waiting, seen = [self._outer.get(tensor, tensor)], set[str]()
        while waiting:
            name = waiting.pop()
            if name in seen:
                continue
            seen.add(name)
            if name in self.totals:
                found.add(self.totals[name])
            for op, slot in self._users.get(name, ()):
                found.add(self._traced.slots[op, slot])
                waiting += self.outputs(op)
        return found

    def find_blocked(self, tensor: str, norms: Mapping[str, float]) -> Passage | int | None:
        """Return where a gradient of 0 begins on the way to a tensor; None if that is not seen.

        That is the nearest op that gets a gradient and passes only zeros on; or, if gradients come from several ops and
        add up to 0, their number.
        """
        waiting, seen = deque([self._outer.get(tensor, tensor)]), set[str]()
        while waiting:
            name = waiting.popleft()
            if name in seen:
                continue
            seen.add(name)
            passages = [self._passage(op, slot, norms) for op, slot in self._users.get(name, ())]
            known = [passage for passage in passages if passage is not None]
            if passing := sum(passage.passed > 0 for passage in known):
                return passing
            if known and max(known, key=lambda each: each.upstream).upstream > 0:
                return max(known, key=lambda each: each.upstream)
            waiting += [output for passage in known for output in self.outputs(passage.op)]
        return None

    def widest_path(self, tensor: str, reference: str, norms: Mapping[str, float]) -> list[Passage]:
        """Return the ops from a tensor to ``reference``, or to the loss, through which most of its gradient came."""
        name, end = self._outer.get(tensor, tensor), self._outer.get(reference, reference)
        path: list[Passage] = []
        while name != end:
            passages = [self._passage(op, slot, norms) for op, slot in self._users.get(name, ())]
            known = [passage for passage in passages if passage is not None]
            if not known:
                break
            path.append(max(known, key=lambda passage: passage.passed))
            name = path[-1].output
        return path

    def _passage(self, op: str, slot: int, norms: Mapping[str, float]) -> Passage | None:
        outputs = [(norms[self.totals[output]], output) for output in self.outputs(op) if self.totals[output] in norms]
        gradient = self._traced.slots[op, slot]
        if not outputs or gradient not in norms:
            return None
        upstream, output = max(outputs)
        return Passage(op, slot, output, upstream, norms[gradient])
