"""What present mode gives to the window: shortcuts, a button and what Esc ends."""

from explorer.session.sessions import Sessions
from explorer.views.feature import CornerButton, Escape, Feature, Shell
from explorer.views.presenting.presenter import PresentationController
from explorer.views.widgets.actions import new_action
from explorer.views.widgets.shortcuts import Shortcut


def presentation_feature(sessions: Sessions, shell: Shell) -> Feature:
    """Build present mode and the lecturer's window."""
    controller = PresentationController(sessions, shell)
    window = shell.window()

    def leave() -> bool:
        was_presenting = shell.is_presenting
        shell.set_presenting(False)
        return was_presenting

    text = "Window for the lecturer"
    return Feature(
        name="presenting",
        parts=(controller,),
        shortcuts=(
            Shortcut(("F11",), "only the current tab, on the entire screen", controller.toggle_full_screen),
            Shortcut(("F5",), "present: graph, formula, plot and class text, large", controller.toggle, hint="present"),
            Shortcut(
                ("F6",), "the lecturer's window: notes, answers, next scene, clock", controller.show_speaker_window
            ),
            Shortcut(("Ctrl+W",), "close the lecturer's window", controller.close),
            Shortcut(
                ("F12",),
                "black screen on or off, in present mode",
                controller.toggle_black,
                when=controller.is_on,
                bare_keys=("B",),
            ),
            Shortcut(
                (),
                "the same, if no numbers are hidden",
                controller.toggle_black,
                when=controller.takes_full_stop,
                bare_keys=(".",),
            ),
            Shortcut(("F4",), "a pointer that is seen from the back row", controller.toggle_pointer, bare_keys=("P",)),
        ),
        buttons=(
            CornerButton("presentButton", "Present", "Large, on the whole screen (F5)", controller.toggle, 70, 60),
        ),
        view_actions=(
            controller.action,
            controller.screens.menu.menuAction(),
            new_action(window, "lecturerAction", text, controller.show_speaker_window, "F6"),
        ),
        set_theme=lambda _theme: controller.enlarge_texts(),
        set_scale=lambda _scale: controller.enlarge_texts(),
        set_presenting=lambda presenting, _with_text: controller.presenting_changed(presenting),
        escapes={Escape.OVERLAY: controller.remove_overlays, Escape.PRESENTATION: leave},
        stop=controller.close,
    )
