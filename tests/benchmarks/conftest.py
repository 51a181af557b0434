"""Collects what was measured and prints one table at the end."""

import pytest

ROWS: list[tuple[str, str, str, bool | None]] = []


@pytest.fixture
def table():
    """Add a row: what, measured, to reach, and whether it was reached."""
    return lambda what, measured, reach, met=None: ROWS.append((what, measured, reach, met))


def pytest_terminal_summary(terminalreporter):
    if not ROWS:
        return
    write = terminalreporter.write_line
    widths = [max(len(row[k]) for row in [*ROWS, ("what", "measured", "to reach", None)]) for k in range(3)]
    write("")
    write(f"| {'what':<{widths[0]}} | {'measured':<{widths[1]}} | {'to reach':<{widths[2]}} | met |")
    write(f"|{'-' * (widths[0] + 2)}|{'-' * (widths[1] + 2)}|{'-' * (widths[2] + 2)}|-----|")
    for what, measured, reach, met in ROWS:
        mark = {True: "yes", False: "no", None: "-"}[met]
        write(f"| {what:<{widths[0]}} | {measured:<{widths[1]}} | {reach:<{widths[2]}} | {mark:<3} |")
