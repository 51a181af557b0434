"""Keeps the state of the expression's views up to date and reports each change once."""

from dataclasses import replace
from typing import Any

from PySide6.QtCore import QObject, Signal

from explorer.core.autodiff.trace import Values
from explorer.core.errors import ExpressionError
from explorer.session.autodiff.differentiation_methods import MethodSession
from explorer.session.autodiff.session import AutodiffSession
from explorer.session.autodiff.view_state import ViewOptions, resolve


class ExpressionViewModel(QObject):
    """Resolves the state after each change of the sessions or the options; a batch of changes is resolved once.

    The update happens when the outermost batch ends, still within the change: a queued one would cost a frame.
    """

    stateChanged = Signal(object)

    def __init__(self, session: AutodiffSession, methods: MethodSession, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session, self._methods = session, methods
        self._options = ViewOptions()
        self._is_stale = False
        self._is_updating = False
        self.state = resolve(session, methods, self._options)
        stepper = session.stepper
        for signal in (
            session.textChanged, session.errorChanged, session.programChanged, session.variablesChanged,
            session.traceChanged, session.valuesChanged, session.selectionChanged, session.depthChanged,
            session.directionChanged, session.simplifiedChanged, session.differentChanged, session.noticeChanged,
            session.busyChanged,
            stepper.stepChanged, stepper.quizChanged, methods.changed,
        ):  # fmt: skip
            signal.connect(self._invalidate)
        session.batch.ended.connect(self._update)

    def set_theme(self, name: str) -> None:
        """Set the name of the theme."""
        self._set_options(theme=name)

    def set_digits(self, digits: int) -> None:
        """Set the number of significant digits."""
        self._set_options(digits=digits)

    def set_show_unneeded(self, on: bool) -> None:
        """Show also the backward ops from which no wanted gradient is reached."""
        self._set_options(show_unneeded=on)

    def set_shown_error(self, error: ExpressionError | None) -> None:
        """Set the error that is shown; None: the text is valid."""
        self._set_options(shown_error=error)

    def set_wrong(self, wrong: Values | None) -> None:
        """Show wrong gradients instead of TensorFlow's, for an exercise; None ends it."""
        self._set_options(wrong=wrong)

    def _set_options(self, **changes: Any) -> None:
        self._options = replace(self._options, **changes)
        self._invalidate()

    def _invalidate(self, *_arguments: Any) -> None:
        self._is_stale = True
        if not self._session.batch.is_open:
            self._update()

    def _update(self) -> None:
        if self._is_updating:
            return  # a view has changed a session: the loop below resolves once more
        self._is_updating = True
        try:
            while self._is_stale:
                self._is_stale = False
                state = resolve(self._session, self._methods, self._options)
                if state.changes(self.state):
                    self.state = state
                    self.stateChanged.emit(state)
        finally:
            self._is_updating = False
