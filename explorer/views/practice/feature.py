"""What practice and find-the-mistake give to the window: strips, shortcuts and what Esc ends."""

from explorer.session.sessions import Sessions
from explorer.views.autodiff.tab import AutodiffTab
from explorer.views.feature import Escape, Feature, Shell
from explorer.views.practice.find_mistake import FindMistakeController
from explorer.views.practice.practice import PracticeController
from explorer.views.widgets.shortcuts import Shortcut


def practice_feature(sessions: Sessions, shell: Shell) -> Feature:
    """Build the strips for answers and for practice below the graph."""
    controller = PracticeController(sessions, shell)
    tab, session = shell.part(AutodiffTab), sessions.practice

    def end() -> bool:
        if shell.tabs.currentWidget() is not tab or session.exercise is None:
            return False
        session.end()
        return True

    return Feature(
        name="practice",
        parts=(controller, controller.answer),
        shortcuts=(
            Shortcut(("Ctrl+N",), "practise: a new exercise", controller.next, tab),
            Shortcut(("Ctrl+Return",), "to the answer of an exercise", controller.answer.focusAnswer),
        ),
        set_presenting=lambda presenting, _with_text: controller.strip.setPresenting(presenting),
        presented=(controller.answer, controller.strip),
        escapes={Escape.EXERCISE: end},
    )


def find_mistake_feature(sessions: Sessions, shell: Shell) -> Feature:
    """Build the strip and the warning of the exercise."""
    controller = FindMistakeController(sessions, shell)
    tab, session = shell.part(AutodiffTab), sessions.find_mistake

    def end() -> bool:
        if shell.tabs.currentWidget() is not tab or session.exercise is None:
            return False
        session.end()
        return True

    return Feature(
        name="find_mistake",
        parts=(controller,),
        shortcuts=(
            Shortcut(("Ctrl+Shift+N",), "find the mistake in a backward pass", session.next, tab),
            Shortcut(("Ctrl+Return",), "this op is the broken one", session.choose, tab, lambda: session.is_ready),
        ),
        presented=(controller.strip, controller.warning),
        escapes={Escape.EXERCISE: end},
    )
