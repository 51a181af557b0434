"""The text of a scene: Markdown with typeset formulas, and pictures of the lesson's own folder, nothing else."""

import re
from pathlib import Path
from typing import Any

from PySide6.QtCore import QByteArray, QEvent, QRectF, Qt, QUrl, Signal
from PySide6.QtGui import (
    QFontMetricsF,
    QImage,
    QPainter,
    QResizeEvent,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
)
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QTextBrowser, QWidget

from explorer.core.help.glossary import LINK_SCHEME, glossary
from explorer.core.latex_to_svg import FONT_SIZE_PX, PLACEHOLDER_COLOUR, Formula
from explorer.core.lessons.formulas import CODE_PATTERN, FORMULA_PATTERN, find_formulas
from explorer.core.lessons.lesson import IMAGE_SUFFIXES
from explorer.core.lessons.scene_keys import resolve_lesson_file
from explorer.views.painting.typesetter import typesetter
from explorer.views.theme.theme import MONO, SANS, Theme, font
from explorer.views.widgets.text_size import TEXT_SIZE_PX

MAX_IMAGE_WIDTH = 0.96
"""A picture takes this share of the width at most."""

FORMULA_SCALE = 1.24
"""Formulas are set larger than the text by this: their letters are smaller at the same size."""

MAX_RAISE = 0.12
"""A formula that goes deeper than letters by no more than this share is put that much higher: lines stay even."""


class MarkdownView(QTextBrowser):
    """Shows one text. A formula that is not typeset yet stands as it was written, and gives way to the typeset one.

    termRequested: key of an entry of the glossary; the first mention of each term is a link to it.
    """

    termRequested = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("lessonText")
        self.setAccessibleName("Text of the lesson")
        self.setToolTip("Text of the lesson; the arrow keys scroll")
        self.setFrameShape(QTextBrowser.Shape.NoFrame)
        self.setOpenLinks(False)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._text = ""
        self._folder = Path()
        self._formulas: list[str] = []
        self._theme: Theme | None = None
        self._pixels = TEXT_SIZE_PX
        self._waits = False
        self._built_for = 0
        typesetter().formulaReady.connect(self._typeset)
        self.anchorClicked.connect(self._follow)

    def setMarkdownText(self, text: str, folder: Path, but: tuple[str, ...] = ()) -> None:
        """Show a text; its pictures lie in ``folder``. ``but``: entries of the glossary that it does not link to."""
        self._text, self._folder = glossary().add_links(text, but), folder
        self._formulas = find_formulas(text)
        for latex in dict.fromkeys(self._formulas):
            typesetter().request(latex)
        self._build()

    def setTheme(self, theme: Theme) -> None:
        """Use the theme's colours."""
        self._theme = theme
        self._build()

    def setPixelSize(self, pixels: float) -> None:
        """Set the size of the letters."""
        self._pixels = pixels
        self._build()

    def changeEvent(self, event: QEvent) -> None:
        """Keep the letters: the window's style sheet has a font for everything, which Qt gives to the document too."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self.document().setDefaultFont(font(SANS, self._pixels))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Let formulas and pictures fit the new width; not for a scroll bar, which comes while the text is built."""
        super().resizeEvent(event)
        # By the width of all, not of what a scroll bar leaves: one that comes while the text is set would set it again
        # within itself.
        if self._room() != self._built_for and ("$" in self._text or "![" in self._text):
            self._build()

    def _room(self) -> int:
        """Width that a picture has beside a scroll bar, whether there is one or not."""
        return max(self.width() - self.verticalScrollBar().sizeHint().width(), 1)

    @property
    def is_ready(self) -> bool:
        """Whether all formulas are typeset."""
        return not self._waits

    def _follow(self, url: QUrl) -> None:
        """Ask for an entry of the glossary; a link to anywhere else is never followed."""
        if (address := url.toString()).startswith(LINK_SCHEME):
            self.termRequested.emit(address.removeprefix(LINK_SCHEME))

    def _typeset(self, latex: str) -> None:
        if self._waits and latex in self._formulas and all(typesetter().is_known(one) for one in self._formulas):
            self._build()

    def _build(self) -> None:
        self._built_for = self._room()
        self._waits = not all(typesetter().is_known(one) for one in self._formulas)
        document = self.document()
        document.clear()  # with the pictures that it keeps, which may be in other colours
        document.setDocumentMargin(0)
        document.setDefaultFont(font(SANS, self._pixels))
        numbers = iter(range(len(self._formulas)))

        def image(found: re.Match[str]) -> str:
            number = next(numbers)
            latex = self._formulas[number]
            if typesetter().formula(latex) is None:
                return f"`{latex}`"
            return f"![formula](formula:{number})"

        parts = CODE_PATTERN.split(self._text)
        parts[::2] = [FORMULA_PATTERN.sub(image, part) for part in parts[::2]]
        features = QTextDocument.MarkdownFeature.MarkdownDialectGitHub | QTextDocument.MarkdownFeature.MarkdownNoHTML
        document.setMarkdown("".join(parts), features)
        self._dress(document)

    def _dress(self, document: QTextDocument) -> None:
        """Give formulas their baseline, code its font, and lines their distance."""
        cursor = QTextCursor(document)
        cursor.select(QTextCursor.SelectionType.Document)
        lines = QTextBlockFormat()
        lines.setLineHeight(128, QTextBlockFormat.LineHeightTypes.ProportionalHeight.value)
        lines.setBottomMargin(0.5 * self._pixels)
        cursor.mergeBlockFormat(lines)
        places: list[tuple[int, int, QTextCharFormat]] = []
        block = document.begin()
        while block.isValid():
            pieces = block.begin()
            while not pieces.atEnd():
                piece = pieces.fragment()
                look = piece.charFormat()
                if look.isImageFormat():
                    look.setVerticalAlignment(self._alignment(look.toImageFormat().name()))
                    places.append((piece.position(), piece.length(), look))
                elif look.isAnchor():
                    # Words as they are, with dots below: neither of the two colours that mean something.
                    if self._theme is not None:
                        look.setForeground(self._theme.text)
                        look.setUnderlineColor(self._theme.muted)
                    look.setUnderlineStyle(QTextCharFormat.UnderlineStyle.DotLine)
                    places.append((piece.position(), piece.length(), look))
                elif look.fontFixedPitch():
                    look.setFontFamilies([MONO])
                    look.setProperty(QTextCharFormat.Property.FontPixelSize, round(0.9 * self._pixels))
                    if self._theme is not None:
                        look.setBackground(self._theme.raised)
                    places.append((piece.position(), piece.length(), look))
                pieces += 1
            block = block.next()
        for start, length, look in places:
            cursor.setPosition(start)
            cursor.setPosition(start + length, QTextCursor.MoveMode.KeepAnchor)
            cursor.setCharFormat(look)
        self.moveCursor(QTextCursor.MoveOperation.Start)

    # -- pictures ---------------------------------------------------------------------------------

    def loadResource(self, kind: int, url: Any) -> Any:
        """Give the document a formula, or a picture that lies in the lesson's folder; never anything else."""
        url = QUrl(url)
        if kind != QTextDocument.ResourceType.ImageResource.value:
            return None
        if url.scheme() == "formula":
            number = int(url.path())
            made = typesetter().formula(self._formulas[number]) if number < len(self._formulas) else None
            return self._formula_image(made) if made is not None else None
        try:
            picture = QImage(str(resolve_lesson_file(self._folder, url.toString(), IMAGE_SUFFIXES)))
        except ValueError:
            return None
        room = round(MAX_IMAGE_WIDTH * self._room())
        return (
            picture.scaledToWidth(room, Qt.TransformationMode.SmoothTransformation)
            if picture.width() > room
            else picture
        )

    def _padding(self, made: Formula) -> tuple[float, float, bool]:
        """Pixels above and below a formula so that it stands on the line, and whether it hangs from the middle.

        Qt puts a picture's lower edge at the letters' descent, or its middle at half their height: what goes deeper
        than letters, such as a fraction, takes the second.
        """
        letters = QFontMetricsF(font(SANS, self._pixels))
        ascent, descent = (part * self._pixels / FONT_SIZE_PX * FORMULA_SCALE for part in (made.ascent, made.descent))
        if descent <= letters.descent() + MAX_RAISE * self._pixels:
            return 0.0, max(letters.descent() - descent, 0.0), False
        below = ascent - descent - letters.xHeight() / 2
        return max(-below, 0.0), max(below, 0.0), True

    def _alignment(self, name: str) -> QTextCharFormat.VerticalAlignment:
        number = int(name.partition(":")[2]) if name.startswith("formula:") else -1
        made = typesetter().formula(self._formulas[number]) if number >= 0 else None
        if made is None or self._padding(made)[2]:
            return QTextCharFormat.VerticalAlignment.AlignMiddle
        return QTextCharFormat.VerticalAlignment.AlignBaseline

    def _formula_image(self, made: Formula) -> QImage:
        above, below, _ = self._padding(made)
        zoom = self._pixels / FONT_SIZE_PX * FORMULA_SCALE
        room = MAX_IMAGE_WIDTH * max(self._room(), 100)
        zoom = min(zoom, room / max(made.width, 1.0))
        width, height = made.width * zoom, (made.ascent + made.descent) * zoom
        ratio = self.devicePixelRatioF()
        image = QImage(
            round(width * ratio) or 1, round((above + height + below) * ratio) or 1, QImage.Format.Format_ARGB32
        )
        image.setDevicePixelRatio(ratio)
        image.fill(Qt.GlobalColor.transparent)
        ink = self._theme.text.name() if self._theme is not None else "#000000"
        painter = QPainter(image)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        renderer = QSvgRenderer(QByteArray(made.svg.replace(PLACEHOLDER_COLOUR, ink).encode()))
        renderer.render(painter, QRectF(0, above, width, height))
        painter.end()
        return image
