"""Worksheets from the window: the expression on the screen, at its values, with blanks or as the key."""

from pathlib import Path

from explorer.session.autodiff.session import AutodiffSession
from explorer.views.sharing.share_menu import ShareMenu


def offer_worksheets(menu: ShareMenu, session: AutodiffSession) -> None:
    """Add a worksheet and its key to what can be saved."""

    def write(path: str, key: bool) -> None:
        from explorer.core.sharing.worksheet import make_worksheet
        from explorer.views.sharing.worksheet.files import save_worksheet

        trace = session.trace
        if trace is None or not session.is_current:
            raise ValueError("there is no graph yet")
        sheet = make_worksheet(trace, session.values)
        point = ", ".join(f"{name} = {value}" for name, value in sheet.givens)
        mark = f"Autodiff Explorer · {trace.expression}" + (f" · {point}" if point else "")
        save_worksheet([sheet], Path(path), key=key, mark=mark)

    blank, key = "Save a worksheet with blanks (PDF, HTML) …", "Save the worksheet's key (PDF, HTML) …"
    menu.offer("worksheetAction", blank, "worksheet", lambda path: write(path, False), "pdf", "html")
    menu.offer("worksheetKeyAction", key, "worksheet-key", lambda path: write(path, True), "pdf", "html")
