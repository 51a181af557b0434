"""The dialogs about an expression. Each is imported when it is opened: the start of the program does not need them."""

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

    def show_source(self, op_type: str, source: str) -> None:
        """Show the Python source of the gradient that is registered for a type of op."""
        from explorer.views.widgets.code_dialog import CodeDialog

        CodeDialog({f"Registered gradient of {op_type}": source}, self._shell.window()).open()
