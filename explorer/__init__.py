"""Autodiff Explorer: watch TensorFlow differentiate, on TensorFlow's own graph."""

from importlib import import_module
from typing import Any

__all__ = ["show"]


def __getattr__(name: str) -> Any:
    """Bring `show` when it is asked for: commands need not import it."""
    if name == "show":
        return import_module("explorer.commands.show").show
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
