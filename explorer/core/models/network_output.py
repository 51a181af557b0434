"""What the outputs of a network are, and what is computed from them before they are shown."""

from enum import StrEnum


class OutputKind(StrEnum):
    """What the numbers are that a network gives."""

    SOFTMAX = "softmax"
    """Probabilities that its own softmax made."""
    SIGMOID = "sigmoid"
    """Numbers from 0 to 1, each by itself, that its own sigmoid made."""
    LOGITS = "logits"
    """Logits, whose softmax is computed here."""
    LOGIT = "logit"
    """One logit, whose sigmoid is computed here."""
    VALUES = "values"
    """Any numbers; they are shown as they are."""

    @property
    def is_share(self) -> bool:
        """Whether what is shown lies between 0 and 1."""
        return self is not OutputKind.VALUES


def output_text(kind: OutputKind, units: int, is_assumed: bool) -> str:
    """Return a sentence about what is shown of a network's outputs.

    Parameters
    ----------
    units : number of the outputs.
    is_assumed : whether no loss in the file tells that the outputs are logits.
    """
    match kind:
        case OutputKind.SOFTMAX:
            return "Probabilities, made by its own softmax."
        case OutputKind.SIGMOID if units == 1:
            return "One output from 0 to 1, made by its own sigmoid."
        case OutputKind.SIGMOID:
            return "Outputs from 0 to 1, each by itself, made by its own sigmoid."
        case OutputKind.LOGITS if is_assumed:
            return (
                "Softmax of its outputs, computed here: that they are logits is assumed, since its loss is not known."
            )
        case OutputKind.LOGITS:
            return "Softmax of its logits, computed here, as in its loss."
        case OutputKind.LOGIT:
            return "Sigmoid of its one logit, computed here, as in its loss."
    return "Its outputs as they are, which are no probabilities."
