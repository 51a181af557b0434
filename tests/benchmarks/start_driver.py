"""Starts the window as the command does; prints when the parsed graph and the first values are painted."""

import sys
import time

from explorer.app import application, create_main_window
from explorer.session.settings_store import SettingsStore


def main() -> int:
    application()
    window = create_main_window(SettingsStore(None))
    window.open_expression("sin(2*x)", {})
    view = window.tab("autodiff").graph
    times = []

    def painted() -> None:
        if not times:
            times.append(time.time())
            print(f"parsed {times[0]}", flush=True)

    def values(_text: str) -> None:
        print(f"values {time.time()}", flush=True)
        window.close()

    view.valuesPainted.connect(painted)
    view.painted.connect(values)
    window.show()
    return application().exec()


if __name__ == "__main__":
    sys.exit(main())
