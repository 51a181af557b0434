"""What is said about weights: which one it is, what an array is, which units are dead."""

from collections.abc import Sequence

LISTED = 6
"""Units that are named one by one; of more only the number is told."""


def place_in_words(kind: str, index: Sequence[int], digits: bool) -> str:
    """Return where a weight is, in words. kind: as the engine says. digits: whether its units are the ten digits."""
    unit = "digit" if digits else "unit"
    match kind:
        case "images":
            row, column = divmod(index[0], 28)
            return f"pixel in row {row}, column {column} → {unit} {index[-1]}"
        case "filters":
            return f"row {index[0]}, column {index[1]}, input channel {index[2]} → filter {index[3]}"
        case "matrix":
            inputs = ", ".join(str(position) for position in index[:-1])
            return f"input {inputs} → {unit} {index[-1]}"
        case _:
            return f"of {unit} {index[0]}" if index else ""


def array_in_words(kind: str, shape: Sequence[int]) -> str:
    """Return what an array is: ``10 images of 28 × 28``, ``32 filters of 3 × 3``, ``128 × 10``, ``10 numbers``."""
    match kind:
        case "images":
            return f"{shape[-1]:,} images of 28 × 28"
        case "filters":
            channels = f", for each of {shape[2]} input channels" if shape[2] > 1 else ""
            return f"{shape[3]:,} filters of {shape[0]} × {shape[1]}{channels}"
        case "matrix":
            inputs = " × ".join(f"{size:,}" for size in shape[:-1])
            return f"{inputs} inputs × {shape[-1]:,} units"
        case _:
            return f"{shape[0]:,} numbers" if shape else "one number"


def dead_in_words(units: Sequence[int], images: int, kind: str) -> str:
    """Return which units are dead, with what that means and how they are marked; empty where none is."""
    if not units:
        return ""
    what = "filter" if kind == "filters" else "unit"
    how = "Pale, marked at both edges" if kind == "matrix" else "Crossed out"
    if len(units) == 1:
        return f"{how}: {what} {units[0]} is dead, it gave 0 for each of {images} images."
    named = ", ".join(str(unit) for unit in units[:LISTED])
    more = f" and {len(units) - LISTED} more" if len(units) > LISTED else ""
    return f"{how}: the {what}s {named}{more} are dead, they gave 0 for each of {images} images."


def nan_in_words(counts: Sequence[tuple[str, int]]) -> str:
    """Return how many numbers of which arrays are NaN or infinite; empty where all are finite."""
    told = [f"{count:,} in {name}" for name, count in counts if count]
    return f"Not finite (NaN or infinite): {' and '.join(told)}. Such a network cannot say anything." if told else ""


def without_weights(kind: str) -> str:
    """Return why a layer of this type has no weights."""
    if "Pooling" in kind:
        does = "of each small square of its input it keeps one number."
    elif kind in ("Flatten", "Reshape", "Permute"):
        does = "it hands the same numbers on, in another arrangement."
    elif "Dropout" in kind:
        does = "in each step of training it leaves out some units by chance, and none afterwards."
    else:
        does = "what it does is fixed."
    return f"This layer has no weights: {does}"


def memory_in_words(count: int, used: float, budget: float) -> str:
    """Return how many moments of training are kept, in which memory; ``used`` and ``budget``: bytes."""
    if count < 2:
        return "One moment is kept: there is nothing to go back to."
    return (
        f"{count:,} moments of training are kept, in {used / 1e6:.1f} of at most {budget / 1e6:.0f} MB. "
        "When that is full, every second one goes."
    )
