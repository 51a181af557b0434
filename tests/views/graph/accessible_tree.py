"""What a screen reader finds in a view."""

from contextlib import contextmanager

from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent

TEXT, ROLE = QAccessible.Text, QAccessible.Role


def interface(view):
    return QAccessible.queryAccessibleInterface(view)


def items(view):
    """Return the accessible objects of the nodes and the edges."""
    graph = interface(view)
    children = [graph.child(index) for index in range(graph.childCount())]
    return [child for child in children if child.role() in (ROLE.ListItem, ROLE.Link)]


def texts(view):
    """Return value and description by name."""
    return {item.text(TEXT.Name): (item.text(TEXT.Value), item.text(TEXT.Description)) for item in items(view)}


@contextmanager
def screen_reader(monkeypatch):
    """Be a screen reader; yield the list of what one is told: (name or message, kind of event)."""
    told = []

    def update(event):
        if isinstance(event, QAccessibleAnnouncementEvent):
            told.append((event.message(), "announcement"))
        else:
            told.append((event.accessibleInterface().text(TEXT.Name), event.type().name))

    monkeypatch.setattr(QAccessible, "updateAccessibility", staticmethod(update))
    was_active = QAccessible.isActive()
    QAccessible.setActive(True)
    try:
        yield told
    finally:
        QAccessible.setActive(was_active)
