"""The tab "Data": what the images are, a grid to browse, one image large with its numbers."""

from typing import Any

from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QComboBox, QFileDialog, QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from explorer.session.data import PAGE, DataSession
from explorer.views.digits import DigitGrid, LargeDigit
from explorer.views.theme import Theme


class DataTab(QWidget):
    """Shows the data session and asks it."""

    def __init__(self, session: DataSession, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("dataTab")
        self._session = session
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 12, 16, 8)
        row.setSpacing(12)
        row.addWidget(self._build_info(), 0)
        row.addWidget(self._build_grid(), 1)
        row.addWidget(self._build_large(), 1)
        session.infoChanged.connect(self._show_info)
        session.pageChanged.connect(self._show_page)
        session.selected.connect(self._show_selected)
        session.sentenceChanged.connect(self._sentence.setText)

    def _card(self) -> tuple[QFrame, QVBoxLayout]:
        card = QFrame()
        card.setProperty("card", True)
        column = QVBoxLayout(card)
        column.setContentsMargins(16, 14, 16, 14)
        column.setSpacing(10)
        return card, column

    def _build_info(self) -> QWidget:
        card, column = self._card()
        card.setFixedWidth(310)
        self._title = QLabel("MNIST")
        self._title.setObjectName("dataTitle")
        self._title.setProperty("role", "large")
        self._title.setWordWrap(True)
        column.addWidget(self._title)
        self._shapes = QLabel()
        self._shapes.setObjectName("dataShapes")
        self._shapes.setProperty("role", "code")
        column.addWidget(self._shapes)
        self._counts = QLabel()
        self._counts.setObjectName("dataCounts")
        self._counts.setWordWrap(True)
        column.addWidget(self._counts)
        head = QLabel("The mean image of each digit")
        head.setProperty("role", "muted")
        column.addWidget(head)
        self.means = DigitGrid(5, "meanImages")
        self.means.setEnabled(False)
        self.means.setAccessibleName("The mean image of each digit")
        self.means.setFixedHeight(112)
        column.addWidget(self.means)
        choose = QPushButton("Open a file (.npz) …")
        choose.setObjectName("openDataButton")
        choose.setToolTip("Use your own images: x_train, y_train, x_test and y_test")
        choose.clicked.connect(self._ask_file)
        column.addWidget(choose)
        self._sentence = QLabel()
        self._sentence.setObjectName("dataError")
        self._sentence.setProperty("role", "error")
        self._sentence.setWordWrap(True)
        column.addWidget(self._sentence)
        column.addStretch(1)
        return card

    def _build_grid(self) -> QWidget:
        card, column = self._card()
        line = QHBoxLayout()
        self._digit = QComboBox()
        self._digit.setObjectName("digitCombo")
        self._digit.setToolTip("Show one digit alone, or all")
        self._digit.setAccessibleName("Digit")
        self._digit.addItem("all digits", None)
        for digit in range(10):
            self._digit.addItem(f"only {digit}", digit)
        self._digit.currentIndexChanged.connect(lambda at: self._session.set_digit(self._digit.itemData(at)))
        line.addWidget(self._digit)
        self._where = QLabel()
        self._where.setObjectName("pageLabel")
        line.addWidget(self._where, 1)
        for name, text, tip, by in (
            ("pageBackButton", "Back", "The page before", -1), ("pageOnButton", "On", "The next page", 1)
        ):  # fmt: skip
            button = QPushButton(text)
            button.setObjectName(name)
            button.setToolTip(tip)
            button.clicked.connect(lambda _checked=False, by=by: self._session.turn(by))
            line.addWidget(button)
        column.addLayout(line)
        self.grid = DigitGrid(8, "digitGrid")
        self.grid.setAccessibleName("Images; the arrow keys select one")
        self.grid.chosen.connect(self._session.select)
        column.addWidget(self.grid, 1)
        return card

    def _build_large(self) -> QWidget:
        card, column = self._card()
        self._label = QLabel()
        self._label.setObjectName("digitLabel")
        self._label.setProperty("role", "heading")
        column.addWidget(self._label)
        self.large = LargeDigit()
        column.addWidget(self.large, 1)
        return card

    def showEvent(self, event: QShowEvent) -> None:
        """Ask for the data when somebody looks for the first time."""
        super().showEvent(event)
        if self._session.info is None:
            self._session.open(self._session.source)

    def setTheme(self, theme: Theme) -> None:
        """Use the theme's colours."""
        for part in (self.means, self.grid, self.large):
            part.setTheme(theme)

    # -- showing ----------------------------------------------------------------------------------

    def _show_info(self, info: Any) -> None:
        self._title.setText(info["name"])
        lines = []
        for name, part in info["parts"].items():
            shape = tuple(part["shape"])
            lines.append(f"{name:<12} {shape}\n{'':<12} {part['dtype']}")
        self._shapes.setText("\n".join(lines))
        told = "  ".join(f"{digit}: {count:,}" for digit, count in enumerate(info["counts"].tolist()))
        self._counts.setText(f"Images to train of each digit\n{told}")
        self.means.setImages(info["means"], [str(digit) for digit in range(10)])

    def _show_page(self, page: Any) -> None:
        self.grid.setImages(page["images"], [str(label) for label in page["labels"].tolist()])
        last = page["start"] + len(page["labels"])
        self._where.setText(f"  {page['start'] + 1:,} to {last:,} of {page['total']:,}  ·  {PAGE} a page")

    def _show_selected(self, place: int) -> None:
        page = self._session.page
        if page is None:
            return
        self.grid.setPlace(place)
        self.large.setImage(page["images"][place])
        self._label.setText(f"x_train[{int(page['numbers'][place])}], label {int(page['labels'][place])}")

    def _ask_file(self) -> None:
        dialog = QFileDialog(self, "Images and labels", "", "NumPy files (*.npz)")
        dialog.setObjectName("dataFileDialog")
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(self._session.open)
        dialog.show()
