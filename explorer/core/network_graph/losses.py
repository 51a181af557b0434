"""Keras's losses by name, as they can be chosen for a training step, and the labels that each of them takes."""

import re
from dataclasses import dataclass
from enum import StrEnum

from explorer.core.errors import UserError


class LabelForm(StrEnum):
    """What the labels of a loss are.

    CLASS: the number of a class, without the axis of classes that the output has. ONE_HOT: a share of each class, in
    the output's shape. BINARY: 0 or 1, in the output's shape. NUMBER: any numbers, in the output's shape. GROUP: the
    number of a group for each example. SEQUENCE: the classes of a sequence, shorter than the output's.
    """

    CLASS = "class"
    ONE_HOT = "one-hot"
    BINARY = "binary"
    NUMBER = "number"
    GROUP = "group"
    SEQUENCE = "sequence"


LABEL_FORMS = {
    "sparse_categorical_crossentropy": LabelForm.CLASS,
    "categorical_crossentropy": LabelForm.ONE_HOT,
    "binary_crossentropy": LabelForm.BINARY,
    "categorical_focal_crossentropy": LabelForm.ONE_HOT,
    "binary_focal_crossentropy": LabelForm.BINARY,
    "categorical_generalized_cross_entropy": LabelForm.CLASS,
    "kl_divergence": LabelForm.ONE_HOT,
    "mean_squared_error": LabelForm.NUMBER,
    "mean_absolute_error": LabelForm.NUMBER,
    "mean_absolute_percentage_error": LabelForm.NUMBER,
    "mean_squared_logarithmic_error": LabelForm.NUMBER,
    "huber": LabelForm.NUMBER,
    "log_cosh": LabelForm.NUMBER,
    "cosine_similarity": LabelForm.NUMBER,
    "poisson": LabelForm.NUMBER,
    "hinge": LabelForm.BINARY,
    "squared_hinge": LabelForm.BINARY,
    "categorical_hinge": LabelForm.ONE_HOT,
    "dice": LabelForm.BINARY,
    "tversky": LabelForm.BINARY,
    "circle": LabelForm.GROUP,
    "ctc": LabelForm.SEQUENCE,
}
"""By the name of the function in `keras.losses`."""

LOGITS_LOSSES = tuple(name for name in LABEL_FORMS if name.endswith("crossentropy"))
"""The losses that can be computed from logits."""

FROM_LOGITS = " from logits"
"""End of the name of a loss that is computed from logits."""

CHOICES = tuple(
    choice for name in LABEL_FORMS for choice in (name, *((name + FROM_LOGITS,) if name in LOGITS_LOSSES else ()))
)
"""The losses that can be chosen."""

_ALIASES = {
    "mse": "mean_squared_error",
    "mae": "mean_absolute_error",
    "mape": "mean_absolute_percentage_error",
    "msle": "mean_squared_logarithmic_error",
    "bce": "binary_crossentropy",
    "kld": "kl_divergence",
    "kl": "kl_divergence",
    "logcosh": "log_cosh",
}
_FROM_LOGITS = re.compile(r"[\s:,_(-]+from[\s_-]?logits(\s*=\s*true)?\s*\)?$", re.IGNORECASE)


@dataclass(frozen=True)
class LossChoice:
    """A loss of Keras: the name of its function, and whether it is computed from logits."""

    name: str
    from_logits: bool = False

    @property
    def title(self) -> str:
        """The name that is shown, one of `CHOICES`."""
        return self.name + (FROM_LOGITS if self.from_logits else "")

    @property
    def form(self) -> LabelForm:
        """The form of its labels."""
        return LABEL_FORMS[self.name]


def parse_loss(text: str) -> LossChoice:
    """Return the loss of a name: of a function or a class of `keras.losses`, or an abbreviation such as ``mse``.

    ``from logits`` may stand behind it. Raises UserError where Keras has no such loss.
    """
    plain, suffixes = _FROM_LOGITS.subn("", text.strip())
    plain = plain.removesuffix("()").rpartition(".")[2]
    by_letters = {_letters(name): name for name in LABEL_FORMS} | _ALIASES
    name = by_letters.get(_letters(plain))
    if name is None:
        raise UserError(f"Keras has no loss “{plain or text}”. It has {', '.join(LABEL_FORMS)}.")
    if suffixes and name not in LOGITS_LOSSES:
        raise UserError(f"{name} is not computed from logits; {', '.join(LOGITS_LOSSES)} can be.")
    return LossChoice(name, bool(suffixes))


def _letters(name: str) -> str:
    return re.sub(r"[\W_]", "", name).lower()
