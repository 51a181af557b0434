"""Numbers of training, data and network that the open scene shows, as the engine has reported them."""

from explorer.core.lessons.facts import FACTS
from explorer.core.lessons.value_names import ValueName
from explorer.session.lessons.scene_setter import SceneSetter


def fact_value(setter: SceneSetter, name: ValueName) -> float | None:
    """Return the number for which a name stands in the open scene, None while it is not known."""
    fact, argument, sessions = FACTS[name.name], name.argument, setter.sessions
    if fact.needs_run:
        return _number_of_run(setter, name)
    if fact.needs_network:
        info = sessions.current_network.info
        if info is None or not setter.has_network:
            return None
        if name.name == "layers":
            return len(info["layers"])
        if argument is None:
            return info["parameters"]
        return info["layers"][argument]["parameters"] if argument < len(info["layers"]) else None
    data = sessions.data
    if data.info is None or not setter.has_data:
        return None
    part = name.name.partition("_")[0]
    if argument is None:
        return data.count(part)
    counts = data.info["counts" if part == "train" else "validation_counts"]
    return int(counts[argument]) if argument < len(counts) else None


def _number_of_run(setter: SceneSetter, name: ValueName) -> float | None:
    """Return a number of the scene's run: of an epoch once that is over, of the last one once the run has ended."""
    training = setter.sessions.training
    if name.name in ("epochs", "batch_size", "learning_rate"):
        return setter.settings()[name.name]  # type: ignore[no-any-return]  # settings are of several types
    if not setter.has_run:
        return None
    if name.name == "steps":
        return training.steps or None
    epochs = training.epochs
    if name.argument is None:
        return epochs[-1][name.name] if epochs and setter.is_trained else None
    return epochs[name.argument - 1][name.name] if 1 <= name.argument <= len(epochs) else None
