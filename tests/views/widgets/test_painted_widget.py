"""An exception while a widget paints itself does not end the process."""

import os
import subprocess
import sys

WINDOW = """
import sys
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from explorer.views.widgets.painted_widget import PaintedWidget
from explorer.views.theme.theme import load_theme

class Broken(PaintedWidget):
    times = 0

    def paint(self, painter, theme):
        painter.drawLine(0, 0, 9, 9)
        Broken.times += 1
        raise ValueError("in the middle of painting")

sys.excepthook = lambda *_: None
app = QApplication([])
widget = Broken()
widget.setTheme(load_theme("dark"))
widget.show()
again = QTimer(interval=5)
again.timeout.connect(lambda: widget.update() if Broken.times < 20 else app.quit())
again.start()
app.exec()
print("lives", Broken.times)
"""


def test_an_exception_while_painting_does_not_end_the_process():
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(
        [sys.executable, "-c", WINDOW], env=environment, capture_output=True, text=True, timeout=240, check=False
    )
    assert done.stdout.split() == ["lives", "20"], done.stderr
    assert done.returncode == 0
    assert "active painter" not in done.stderr
