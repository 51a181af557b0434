"""The values in the texts of a scene, and whether the scene can have them."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from explorer.core.errors import ExpressionError
from explorer.core.expression.parser import parse
from explorer.core.lessons.facts import EPOCH, FACTS
from explorer.core.lessons.value_names import SceneValue, ValueName, is_fact, parse_value, program_names
from explorer.core.lessons.value_text import find_values, has_open_braces
from explorer.core.training.settings import run_settings

MAX_VALUES = 40
"""Values in the texts of a scene."""


def names_of_scene(view_keys: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the names of a scene's expression, () for one that is missing or not valid."""
    try:
        return program_names(parse(text) if (text := view_keys.get("expression", "")).strip() else None)
    except ExpressionError:
        return ()


def scene_values(texts: Sequence[str], view_keys: Mapping[str, Any]) -> dict[str, SceneValue]:
    """Return the valid values in the texts of a scene, by what stands between their braces."""
    names = names_of_scene(view_keys)
    found = {}
    for source in dict.fromkeys(source for text in texts for source in find_values(text)):
        try:
            found[source] = parse_value(source, names)
        except ExpressionError:
            continue
    return found


def facts_of(value: SceneValue, names: Sequence[str]) -> list[ValueName]:
    """Return the names in a value that stand for one of `FACTS`; ``names`` are those of the scene's expression."""
    return [name for name in value.names.values() if is_fact(name, names)]


def is_count(value: SceneValue, names: Sequence[str]) -> bool:
    """Return whether a value is made of numbers of things alone, such as ``parameters(1) + parameters(2)``."""
    facts = facts_of(value, names)
    return bool(facts) and len(facts) == len(value.names) and all(FACTS[name.name].is_count for name in facts)


def value_problems(texts: Sequence[str], view_keys: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield mistakes in the values of a scene that are seen without TensorFlow: the value, and a message."""
    for text in texts:
        if has_open_braces(text):
            yield "", "Here a {{ has no }}: a number in the text is written as {{ dy/dx }}."
    names = names_of_scene(view_keys)
    sources = list(dict.fromkeys(source for text in texts for source in find_values(text)))
    if len(sources) > MAX_VALUES:
        message = f"A scene may have {MAX_VALUES} values in its texts, and this one has {len(sources)}."
        yield sources[MAX_VALUES], message
    for source in sources[:MAX_VALUES]:
        try:
            value = parse_value(source, names)
        except ExpressionError as error:
            yield source, f"{_shown(source)}: {error.message}"
            continue
        for name in value.names.values():
            if message := _problem_of_name(name, names, view_keys):
                yield source, f"{_shown(source)}: {message}"
                break


def _shown(source: str) -> str:
    return f"{{{{ {source[:60]}{'…' if len(source) > 60 else ''} }}}}"


def _problem_of_name(name: ValueName, names: Sequence[str], view_keys: Mapping[str, Any]) -> str:
    """Return why a scene cannot have a name, "" if it may."""
    if not is_fact(name, names):
        has_expression = bool(view_keys.get("expression", "").strip())
        return "" if has_expression else f"there is no {name.text} here; there is {', '.join(FACTS)}."
    fact = FACTS[name.name]
    if fact.needs_run and "train" not in view_keys:
        return f"{name.name} is that of a training run, and this scene has none (key train)."
    if fact.needs_network and "train" not in view_keys and "network" not in view_keys:
        return f"{name.name} is that of a network, and this scene has none (key train or network)."
    if fact.is_of_data and view_keys.get("tab", "autodiff") == "autodiff":
        return f'{name.name} is that of the data, which a scene of the tab "autodiff" does not open.'
    if fact.argument == EPOCH and name.argument is not None:
        epochs = run_settings(**view_keys.get("train", {}))["epochs"]
        if not 1 <= name.argument <= epochs:
            return f"the run of this scene has the epochs 1 to {epochs}."
    return ""
