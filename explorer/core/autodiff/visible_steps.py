"""What is visible at a step of the forward or backward pass: pure functions of a trace.

Step 0 comes before the first step of either pass.
"""

from explorer.core.autodiff.trace import Trace

SOURCE_TYPES = frozenset({"Placeholder", "Const"})
"""Types of ops whose values are known before anything is computed."""

BACKWARD, FORWARD = "backward", "forward"


def forward_steps(trace: Trace) -> tuple[tuple[str, ...], ...]:
    """Return the ops of each forward step: all inputs and constants first, then one op per step."""
    # TensorFlow's order: an op is created after its inputs.
    given = tuple(node.id for node in trace.nodes if node.type in SOURCE_TYPES)
    computed = tuple((node.id,) for node in trace.nodes if node.type not in SOURCE_TYPES)
    return ((given,) if given else ()) + computed


def step_count(trace: Trace | None, pass_: str) -> int:
    """Return the number of steps of a pass; 0 without a trace."""
    if trace is None:
        return 0
    return len(trace.steps) if pass_ == BACKWARD else len(forward_steps(trace))


def new_tensors(trace: Trace, pass_: str, step: int) -> tuple[str, ...]:
    """Return the tensors whose values appear with ``step``, in the order in which they are revealed.

    Backward: the gradient passed on through each slot, then each sum that is complete with this step. Step 0 of the
    backward pass reveals the seed, step 0 of the forward pass nothing. A tensor that an op passes on unchanged, as
    ``add`` does, is listed again, since it appears at another edge.
    """
    if pass_ == FORWARD:
        return tuple(trace.nodes_by_name[op].tensor for op in forward_steps(trace)[step - 1]) if step else ()
    if step == 0:
        seed = trace.tensor_gradients.get(trace.output)
        return (seed,) if seed is not None else ()
    passed = [slot.gradient_tensor for slot in trace.steps[step - 1].inputs if slot.gradient_tensor is not None]
    sums = [trace.tensor_gradients[tensor] for tensor in completed_sums(trace, step)]
    return (*passed, *sums)


def completed_sums(trace: Trace, step: int) -> tuple[str, ...]:
    """Return the forward tensors whose gradient is a sum (AddN) that is complete with ``step``."""
    summed = [slot.tensor for slot in trace.steps[step - 1].inputs if slot.accumulated]
    complete = dict.fromkeys(tensor for tensor in summed if trace.last_step_of(tensor) == step)
    return tuple(tensor for tensor in complete if tensor in trace.tensor_gradients)


def visible_tensors(trace: Trace, pass_: str, step: int) -> frozenset[str]:
    """Return all tensors whose values are known at ``step``.

    In the backward pass these are all forward tensors, and the gradients of its steps so far with the outputs of the
    ops that computed them.
    """
    if pass_ == FORWARD:
        return frozenset(tensor for k in range(1, step + 1) for tensor in new_tensors(trace, pass_, k))
    known = set(trace.nodes_by_tensor)
    # Ops that belong to no step and are no sum compute the seed, which is known from the beginning.
    of_steps = {name for done in trace.steps for name in done.tf_ops}
    known.update(op.tensor for op in trace.gradient_nodes if op.sums is None and op.id not in of_steps)
    for k in range(step + 1):
        known.update(new_tensors(trace, pass_, k))
    for done in trace.steps[:step]:
        known.update(f"{name}:0" for name in done.tf_ops)
        if done.upstream_tensor is not None:
            known.add(done.upstream_tensor)
    return frozenset(known)


def local_tensors(trace: Trace, pass_: str, step: int, revealed: int) -> tuple[str, ...]:
    """Return the tensors of the local derivatives, by slot, of gradients that a step has not revealed yet.

    "" stands for a local derivative of 1, which is not asked for, and for that of an op that is not elementwise.
    """
    if pass_ == FORWARD or not step:
        return ()
    slots = [slot for slot in trace.steps[step - 1].inputs if slot.gradient_tensor is not None]
    return tuple((slot.local_tensor or "") if slot.local_formula != "1" else "" for slot in slots[revealed:])


def unanswered_slots(trace: Trace, pass_: str, step: int, revealed: int) -> frozenset[int]:
    """Return the argument slots of a backward step whose gradient is not revealed yet.

    Slots rather than tensors, because a gradient that is passed on unchanged (``a - b``) is known where it arrived and
    asked for where it goes. The seed arrives at the only slot of the output.
    """
    if pass_ == FORWARD:
        return frozenset()
    if not step:
        return frozenset() if revealed else frozenset({0})
    slots = [slot.slot for slot in trace.steps[step - 1].inputs if slot.gradient_tensor is not None]
    return frozenset(slots[revealed:])


def unanswered_sums(trace: Trace, pass_: str, step: int, revealed: int) -> frozenset[str]:
    """Return the forward tensors whose sum of gradients is complete with a backward step and not revealed yet."""
    if pass_ == FORWARD or not step:
        return frozenset()
    passed = len(unanswered_slots(trace, pass_, step, 0))
    return frozenset(completed_sums(trace, step)[max(revealed - passed, 0) :])


def hidden_tensors(trace: Trace, pass_: str, step: int, revealed: int = 0, local_known: bool = False) -> frozenset[str]:
    """Return the tensors that a step asks for: its values after the first ``revealed``, and their local derivatives."""
    numbers = new_tensors(trace, pass_, step)[revealed:]
    local = local_tensors(trace, pass_, step, revealed)[local_known:]
    products: tuple[str | None, ...] = ()  # of an operand that was broadcast: the sum of these is asked for
    if pass_ == BACKWARD and step:
        slots = unanswered_slots(trace, pass_, step, revealed)
        products = tuple(slot.product_tensor for slot in trace.steps[step - 1].inputs if slot.slot in slots)
    return frozenset(name for name in (*numbers, *local, *products) if name)
