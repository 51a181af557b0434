"""Autodiff Explorer: TensorFlow's automatic differentiation, step by step, on TensorFlow's own graph."""

from importlib import import_module
from typing import Any

__all__ = ["show"]


def __getattr__(name: str) -> Any:
    """Import `show` on first access, since commands do not need it."""
    if name == "show":
        return import_module("explorer.commands.show").show
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
