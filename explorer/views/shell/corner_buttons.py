"""The buttons of the window's corner."""

from PySide6.QtWidgets import QMenu, QToolButton

from explorer.views.shell.overflow_buttons import OverflowButtons


class CornerButtons(OverflowButtons):
    """Has all buttons of the window, and knows which of them can be missed first where there is little room."""

    def __init__(self) -> None:
        super().__init__()
        self.lessons = self.add("lessonsButton", "Lessons", "Lessons beside the window (F2)")
        self.check = self.add("checkButton", "Check", "Three independent ways to one gradient")
        self.surface = self.add("surfaceButton", "Two variables", "Heat map and gradient descent")
        self.code = self.add("codeButton", "Code", "The same as Python code, to copy")
        self.share = self.add("shareButton", "Share", "Copy or save what you see")
        self.view = self.add("viewButton", "View", "Theme, size, digits, precision")
        self.present = self.add("presentButton", "Present", "Large, on the whole screen (F5)")
        self.keys = self.add("keysButton", "Keys", "All keys (F1)")

    def setMenus(self, share: QMenu, view: QMenu) -> None:
        """Let two of the buttons open menus."""
        for button, menu in ((self.share, share), (self.view, view)):
            button.setMenu(menu)
            button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)

    def setOfExpression(self, of_expression: bool) -> None:
        """Offer what is about an expression, or not."""
        self.check.setEnabled(of_expression)
        self.surface.setEnabled(of_expression)

    def fitInto(self, room: int) -> None:
        """Fit into ``room`` pixels."""
        last = (self.code, self.share, self.present, self.lessons, self.view)
        self.fit(room, (self.keys, self.surface, self.check, *last))
