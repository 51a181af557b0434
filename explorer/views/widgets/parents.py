"""Objects that work on their parent."""

from typing import TypeVar

from PySide6.QtCore import QObject

Parent = TypeVar("Parent", bound=QObject)


def parent_of(child: QObject, kind: type[Parent]) -> Parent:
    """Return the parent of an object, which is of this kind.

    An attribute instead would make a cycle of Python references, which whichever thread collects it would delete.
    """
    parent = child.parent()
    assert isinstance(parent, kind)
    return parent
