"""What lessons give to the window: the panel, its shortcuts and menu entries."""

from explorer.session.sessions import Sessions
from explorer.views.feature import CornerButton, Feature, Shell
from explorer.views.lessons.controller import LessonController
from explorer.views.widgets.shortcuts import Shortcut


def lessons_feature(sessions: Sessions, shell: Shell) -> Feature:
    """Build the panel of lessons."""
    controller = LessonController(sessions, shell)
    session, panel = controller.session, controller.panel
    return Feature(
        name="lessons",
        panel=panel,
        parts=(controller,),
        shortcuts=(
            Shortcut(("F2",), "open or close lessons", controller.toggle),
            Shortcut(("PgDown",), "next scene, while a lesson is open", session.next, when=controller.is_open),
            Shortcut(("PgUp",), "previous scene", session.back, when=controller.is_open),
            Shortcut(("Ctrl+PgDown",), "next scene", session.next),
            Shortcut(("Ctrl+PgUp",), "previous scene", session.back),
            Shortcut(
                ("Ctrl+R",),
                "the scene as it was: camera, plot range, values, step",
                controller.restore,
                bare_keys=("R",),
            ),
        ),
        buttons=(
            CornerButton("lessonsButton", "Lessons", "Lessons beside the window (F2)", controller.toggle, 10, 70),
        ),
        set_theme=panel.setTheme,
        set_scale=controller.set_scale,
        set_presenting=controller.set_presenting,
        presented=(panel.training, panel.next_lesson),
        is_complete=lambda: controller.is_complete,
        panel_width=controller.panel_width,
        message_area=controller.message_area,
    )
