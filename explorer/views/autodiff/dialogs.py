"""The dialogs about an expression. Each is imported when it is opened: the start of the program does not need them."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from explorer.session.sessions import Sessions
from explorer.views.feature import Shell


class ExpressionDialogs:
    """Opens the dialogs for the expression of the tab."""

    def __init__(self, sessions: Sessions, shell: Shell) -> None:
        self._sessions, self._shell = sessions, shell

    def show_check(self) -> None:
        """Compare the gradient with two other methods."""
        from explorer.views.autodiff.gradient_check_dialog import GradientCheckDialog

        GradientCheckDialog(self._sessions.gradient_check, self._shell.theme, self._shell.window()).show()

    def show_surface(self) -> None:
        """Show two variables as a heat map, with gradient descent."""
        from explorer.views.plot.surface_dialog import SurfaceDialog

        SurfaceDialog(self._sessions.surface, self._shell.theme, self._shell.window()).show()

    def surface_card(self) -> QWidget:
        """Return two variables as a part of the window instead of a dialog."""
        from explorer.views.plot.surface_dialog import SurfaceDialog

        surface = SurfaceDialog(self._sessions.surface, self._shell.theme)
        surface.setWindowFlags(Qt.WindowType.Widget)
        surface.finished.connect(self._shell.put_card_back)
        return surface

    def show_source(self, op_type: str, source: str) -> None:
        """Show the Python source of the gradient that is registered for a type of op."""
        from explorer.views.widgets.code_dialog import CodeDialog

        CodeDialog({f"Registered gradient of {op_type}": source}, self._shell.window()).open()
