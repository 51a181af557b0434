"""Starts the window as the command does and prints when it takes typing with the graph as parsed, and first values."""

import sys
import time

from explorer.app import application, create_main_window
from explorer.session.settings_store import SettingsStore


def main() -> int:
    application()
    window = create_main_window(SettingsStore(None))
    window.open_expression("sin(2*x)", {})
    view = window.tab("autodiff").graph
    told = []

    def painted() -> None:
        if not told:
            told.append(time.time())
            print(f"parsed {told[0]}", flush=True)

    def values(_text: str) -> None:
        print(f"values {time.time()}", flush=True)
        window.close()

    view.valuesPainted.connect(painted)
    view.painted.connect(values)
    window.show()
    return application().exec()


if __name__ == "__main__":
    sys.exit(main())
