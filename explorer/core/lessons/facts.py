"""Numbers of a training run, its data and its network that the text of a lesson may name: ``{{ val_accuracy(1) }}``."""

from dataclasses import dataclass

EPOCH, LAYER, DIGIT, NOTHING = "epoch", "layer", "digit", ""
"""What the number in parentheses behind a name is."""


@dataclass(frozen=True)
class FactKind:
    """A number that a text may name.

    description: in words. argument: what may follow in parentheses, `NOTHING` for nothing. is_count: whether it is a
    whole number. needs_run: whether the scene must train a network; else it also may open one.
    """

    name: str
    description: str
    argument: str = NOTHING
    is_count: bool = False
    needs_run: bool = False
    needs_network: bool = False

    @property
    def is_of_data(self) -> bool:
        """Whether it is known without a network."""
        return not (self.needs_run or self.needs_network)


FACTS = {
    row.name: row
    for row in (
        FactKind("loss", "loss of the training images", EPOCH, needs_run=True),
        FactKind("accuracy", "accuracy on the training images", EPOCH, needs_run=True),
        FactKind("val_loss", "loss of the validation images", EPOCH, needs_run=True),
        FactKind("val_accuracy", "accuracy on the validation images", EPOCH, needs_run=True),
        FactKind("epochs", "epochs of the run", is_count=True, needs_run=True),
        FactKind("steps", "training steps of an epoch", is_count=True, needs_run=True),
        FactKind("batch_size", "images of a batch", is_count=True, needs_run=True),
        FactKind("learning_rate", "learning rate of the run", needs_run=True),
        FactKind("parameters", "parameters of the network, or of one layer", LAYER, is_count=True, needs_network=True),
        FactKind("layers", "layers of the network", is_count=True, needs_network=True),
        FactKind("train_images", "images to train with, or those of one label", DIGIT, is_count=True),
        FactKind("validation_images", "images to validate with, or those of one label", DIGIT, is_count=True),
    )
}
"""By name. An epoch is counted from 1, as on the screen; without a number it is the last one. A layer is counted from
0, as in the key ``layer`` of a scene."""
