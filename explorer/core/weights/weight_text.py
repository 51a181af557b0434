"""Texts about weights: the position of one, the shape of an array, dead units."""

from collections.abc import Sequence

MAX_LISTED_UNITS = 6
"""Maximum number of units that are listed one by one; of others only the number is stated."""


def weight_position_text(
    kind: str, index: Sequence[int], is_digits: bool, shape: Sequence[int] = (), gates: Sequence[str] = ()
) -> str:
    """Return the position of a weight as text.

    Parameters
    ----------
    kind : the engine's kind of the array: "images", "filters", "matrix" or "bars".
    index : index of the weight in the array.
    is_digits : whether the units are the ten digits.
    shape : shape of the array; needed with gates only.
    gates : names of the equal parts of the last axis, of a layer with gates.
    """
    unit = "digit" if is_digits else "unit"
    if gates and index:
        gate, number = divmod(index[-1], shape[-1] // len(gates))
        last = f"{gates[gate]} of unit {number}"
    else:
        last = f"{unit} {index[-1]}" if index else ""
    match kind:
        case "images":
            row, column = divmod(index[0], 28)
            return f"pixel in row {row}, column {column} → {unit} {index[-1]}"
        case "filters":
            return f"row {index[0]}, column {index[1]}, input channel {index[2]} → filter {index[3]}"
        case "matrix":
            inputs = ", ".join(str(position) for position in index[:-1])
            return f"input {inputs} → {last}"
        case _:
            return f"of {'the ' if gates else ''}{last}" if index else ""


def array_text(kind: str, shape: Sequence[int], gates: Sequence[str] = ()) -> str:
    """Return the shape of an array as text, such as ``10 images of 28 × 28`` or ``32 filters of 3 × 3``.

    ``gates`` are the names of the equal parts of the last axis, of a layer with gates.
    """
    units = f"{shape[-1] // max(len(gates), 1):,} units" if shape else ""
    of_gates = f", each with {len(gates)} gates" if gates else ""
    match kind:
        case "images":
            return f"{shape[-1]:,} images of 28 × 28"
        case "filters":
            channels = f", for each of {shape[2]} input channels" if shape[2] > 1 else ""
            return f"{shape[3]:,} filters of {shape[0]} × {shape[1]}{channels}"
        case "matrix":
            inputs = " × ".join(f"{size:,}" for size in shape[:-1])
            return f"{inputs} inputs × {units}{of_gates}"
        case "bars" if gates:
            return f"{units}{of_gates}"
        case _:
            return f"{shape[0]:,} numbers" if shape else "one number"


def dead_units_text(units: Sequence[int], images: int, kind: str) -> str:
    """Return which units are dead, what that means and how they are marked; "" if there are none.

    ``images`` is the number of images for which their output was 0.
    """
    if not units:
        return ""
    what = "filter" if kind == "filters" else "unit"
    marking = "Pale, marked at both edges" if kind == "matrix" else "Crossed out"
    if len(units) == 1:
        return f"{marking}: {what} {units[0]} is dead, it gave 0 for each of {images} images."
    listed = ", ".join(str(unit) for unit in units[:MAX_LISTED_UNITS])
    more = f" and {len(units) - MAX_LISTED_UNITS} more" if len(units) > MAX_LISTED_UNITS else ""
    return f"{marking}: the {what}s {listed}{more} are dead, they gave 0 for each of {images} images."


def non_finite_text(counts: Sequence[tuple[str, int]], elsewhere: Sequence[str] = ()) -> str:
    """Return how many values of which arrays are NaN or infinite, "" if all are finite.

    counts: names of the arrays of a layer, and how many of their values are so. elsewhere: arrays of other layers.
    """
    parts = [f"{count:,} in {name}" for name, count in counts if count]
    parts += list(elsewhere)
    if not parts:
        return ""
    return f"Not finite (NaN or infinite): {' and '.join(parts)}. What is computed with them is no number."


def no_weights_text(kind: str) -> str:
    """Return why a layer of a type has no weights."""
    if "Pooling" in kind:
        reason = "it keeps one number of each window of its input."
    elif kind in ("Flatten", "Reshape", "Permute"):
        reason = "it passes the same numbers on, in another arrangement."
    elif "Dropout" in kind:
        reason = "in each training step it leaves out some units at random, and none afterwards."
    else:
        reason = "what it does is fixed."
    return f"This layer has no weights: {reason}"


def history_text(count: int, used: float, budget: float) -> str:
    """Return how many snapshots of the weights are kept, and their memory; ``used`` and ``budget`` are in bytes."""
    if count < 2:
        return "There is one snapshot: there is nothing to go back to yet."
    return (
        f"{count:,} snapshots of the training take {used / 1e6:.1f} of at most {budget / 1e6:.0f} MB. "
        "When that is full, every second one is deleted."
    )
