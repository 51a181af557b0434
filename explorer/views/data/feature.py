"""The tab "Data" as a feature of the main window."""

from explorer.session.sessions import Sessions
from explorer.session.sharing.clipboard_text import tab_command
from explorer.views.data.tab import DataTab
from explorer.views.feature import Card, Feature, Shell
from explorer.views.widgets.shortcuts import Shortcut


def data_feature(sessions: Sessions, shell: Shell) -> Feature:
    """Build the tab that shows the images."""
    session = sessions.data
    tab = DataTab(session, sessions.current_network)
    return Feature(
        name="data",
        title="Data",
        tab=tab,
        shortcuts=(
            Shortcut(("PgDown",), "next page of images", lambda: session.turn_pages(1), tab),
            Shortcut(("PgUp",), "previous page", lambda: session.turn_pages(-1), tab),
        ),
        cards=(Card("the images", lambda: tab.grid), Card("the large image", lambda: tab.large)),
        pictures={"digitGrid": "images", "largeDigit": "image", "digitCounts": "digit counts"},
        code=lambda: shell.code("training"),
        snapshot_command=lambda theme, size: tab_command("data", theme, size),
        set_theme=tab.setTheme,
        set_scale=tab.setScale,
        is_complete=lambda: session.is_up_to_date,
    )
