"""Which settings of the form count for the next run only, as data and as a sentence."""

from collections.abc import Mapping, Sequence
from typing import Any

from explorer.core.training.run_names import WITHOUT_EFFECT
from explorer.core.training.settings import run_settings


def changed_settings(chosen: Mapping[str, Any], running: Mapping[str, Any]) -> list[str]:
    """Return the keys of settings in the form, ``chosen``, that differ from those of a run.

    Settings without effect on the chosen network are left out. Where the form leaves the choice of XLA to the program,
    it does not differ.
    """
    complete = run_settings(**chosen)
    if complete["xla"] == "auto":
        complete["xla"] = running["xla"]
    ignored = WITHOUT_EFFECT[complete["model"]]
    return [key for key, value in complete.items() if value != running[key] and key not in ignored]


def next_run_sentence(changed: Sequence[str], labels: Mapping[str, str], running: Mapping[str, Any]) -> str:
    """Return a sentence about changed settings while a run is in progress; "" if there are none.

    running: the values of the run, in words where the window has words for them.
    """
    names = [labels.get(key, key) for key in changed]
    match names:
        case []:
            return ""
        case [name]:
            value = running.get(changed[0])
            is_shown = isinstance(value, int | float | str) and not isinstance(value, bool)
            text = f"{value:g}" if isinstance(value, float) else str(value)
            rest = f"with {text}" if is_shown else "as it began"
            return f"The change of {name} counts for the next run; this one goes on {rest}."
    listed = f"{', '.join(names[:-1])} and {names[-1]}"
    return f"The changes of {listed} count for the next run; this one goes on as it began."
