"""What help gives to the window: shortcuts, glossary, tour and What's This."""

from explorer.session.sessions import Sessions
from explorer.views.feature import CornerButton, Escape, Feature, Shell
from explorer.views.help.controller import HelpController
from explorer.views.help.whats_this import WHATS_THIS_KEY
from explorer.views.widgets.actions import new_action
from explorer.views.widgets.shortcuts import Shortcut


def help_feature(sessions: Sessions, shell: Shell) -> Feature:
    """Build everything that explains the window."""
    controller = HelpController(sessions, shell)
    window = shell.window()

    def end_tour() -> bool:
        tour = controller.tour
        if tour is None or not tour.is_active or tour.is_hidden:
            return False
        tour.end()
        return True

    return Feature(
        name="help",
        parts=(controller,),
        shortcuts=(
            Shortcut(("F1",), "this page", controller.show_shortcuts, hint="keys"),
            Shortcut((WHATS_THIS_KEY,), "what is this? About the widget with the focus", controller.explainer.explain),
            Shortcut(("Ctrl+F1",), "glossary: the terms of the field", controller.show_glossary),
        ),
        buttons=(CornerButton("keysButton", "Keys", "All keys (F1)", controller.show_shortcuts, 80, 10),),
        view_actions=(
            new_action(window, "glossaryAction", "Glossary", controller.show_glossary, "Ctrl+F1"),
            new_action(
                window, "whatsThisAction", "What is this? Then click", controller.explainer.point, WHATS_THIS_KEY
            ),
            new_action(window, "tourAction", "Tour", controller.begin_tour),
        ),
        set_theme=lambda _theme: controller.update_style(),
        set_presenting=lambda presenting, _with_text: controller.set_presenting(presenting),
        escapes={Escape.OVERLAY: end_tour},
        open_term=controller.show_term,
    )
