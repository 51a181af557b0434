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
    """Return a sentence about changed settings while a run is in progress; "" if there are none."""
    names = [labels.get(key, key) for key in changed]
    if not names:
        return ""
    if len(names) == 1:
        key = changed[0]
        shown = running.get(key)
        value = f"{shown:g}" if isinstance(shown, float) else str(shown)
        stays = f" with {value}" if isinstance(shown, int | float | str) and not isinstance(shown, bool) else ""
        return f"{names[0]} counts for the next run; this one goes on{stays or ' as it began'}."
    return f"{', '.join(names[:-1])} and {names[-1]} count for the next run; this one goes on as it began."
