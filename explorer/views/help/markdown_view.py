"""A view of Markdown with typeset formulas and with images from the lesson's own folder; nothing else is loaded."""

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
from explorer.core.lessons.lesson import IMAGE_SUFFIXES
from explorer.core.lessons.markdown_parts import CODE_PATTERN, FORMULA_PATTERN, find_formulas
from explorer.core.lessons.scene_keys import resolve_lesson_file
from explorer.views.painting.typesetter import typesetter
from explorer.views.theme.theme import MONO, SANS, Theme, font
from explorer.views.widgets.text_size import TEXT_SIZE_PX

MAX_IMAGE_WIDTH = 0.96
"""Largest width of an image, as a share of the available width."""

FORMULA_SCALE = 1.24
"""Size of formulas relative to the text, since the formula font has smaller letters at the same size."""

MAX_RAISE = 0.12
"""Largest distance, as a share of the text size, by which a formula is raised to keep the line spacing even."""


class MarkdownView(QTextBrowser):
    """Shows a Markdown text. A formula appears as LaTeX code until it is typeset.

    termRequested: the key of the glossary entry whose link was clicked; the first mention of each term is a link.
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
        self._is_waiting = False
        self._layout_width = 0
        typesetter().formulaReady.connect(self._formula_ready)
        self.anchorClicked.connect(self._follow_link)

    def setMarkdownText(self, text: str, folder: Path, unlinked_terms: tuple[str, ...] = ()) -> None:
        """Show a Markdown text.

        folder: the folder of its images. unlinked_terms: keys of glossary entries whose terms do not become links.
        """
        self._text, self._folder = glossary().add_links(text, unlinked_terms), folder
        self._formulas = find_formulas(text)
        for latex in dict.fromkeys(self._formulas):
            typesetter().request(latex)
        self._build()

    def setTheme(self, theme: Theme) -> None:
        """Set the theme, whose colours the text and the formulas use."""
        self._theme = theme
        self._build()

    def setPixelSize(self, pixels: float) -> None:
        """Set the font size, in pixels."""
        self._pixels = pixels
        self._build()

    def changeEvent(self, event: QEvent) -> None:
        """Restore the document's font, which Qt replaces by the font of the window's style sheet."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self.document().setDefaultFont(font(SANS, self._pixels))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit formulas and images to the new width."""
        super().resizeEvent(event)
        # The available width does not depend on whether the scroll bar is visible: a scroll bar that appears while the
        # document is built would otherwise start a build within the build.
        if self._available_width() != self._layout_width and ("$" in self._text or "![" in self._text):
            self._build()

    def _available_width(self) -> int:
        """Return the width beside the vertical scroll bar, whether it is visible or not, in pixels."""
        return max(self.width() - self.verticalScrollBar().sizeHint().width(), 1)

    @property
    def is_ready(self) -> bool:
        """Whether all formulas are typeset."""
        return not self._is_waiting

    def _follow_link(self, url: QUrl) -> None:
        """Request a glossary entry; any other link is ignored."""
        if (address := url.toString()).startswith(LINK_SCHEME):
            self.termRequested.emit(address.removeprefix(LINK_SCHEME))

    def _formula_ready(self, latex: str) -> None:
        if (
            self._is_waiting
            and latex in self._formulas
            and all(typesetter().is_known(formula) for formula in self._formulas)
        ):
            self._build()

    def _build(self) -> None:
        self._layout_width = self._available_width()
        self._is_waiting = not all(typesetter().is_known(formula) for formula in self._formulas)
        document = self.document()
        document.clear()  # drops cached images, too, which may have the colours of another theme
        document.setDocumentMargin(0)
        document.setDefaultFont(font(SANS, self._pixels))
        numbers = iter(range(len(self._formulas)))

        def formula_markdown(_match: re.Match[str]) -> str:
            number = next(numbers)
            latex = self._formulas[number]
            if typesetter().formula(latex) is None:
                return f"`{latex}`"
            return f"![formula](formula:{number})"

        parts = CODE_PATTERN.split(self._text)
        parts[::2] = [FORMULA_PATTERN.sub(formula_markdown, part) for part in parts[::2]]
        features = QTextDocument.MarkdownFeature.MarkdownDialectGitHub | QTextDocument.MarkdownFeature.MarkdownNoHTML
        document.setMarkdown("".join(parts), features)
        self._apply_formats(document)

    def _apply_formats(self, document: QTextDocument) -> None:
        """Set the alignment of formulas, the style of links, the font of code, and the line spacing."""
        cursor = QTextCursor(document)
        cursor.select(QTextCursor.SelectionType.Document)
        block_format = QTextBlockFormat()
        block_format.setLineHeight(128, QTextBlockFormat.LineHeightTypes.ProportionalHeight.value)
        block_format.setBottomMargin(0.5 * self._pixels)
        cursor.mergeBlockFormat(block_format)
        formats: list[tuple[int, int, QTextCharFormat]] = []
        block = document.begin()
        while block.isValid():
            fragments = block.begin()
            while not fragments.atEnd():
                fragment = fragments.fragment()
                char_format = fragment.charFormat()
                if char_format.isImageFormat():
                    char_format.setVerticalAlignment(self._alignment(char_format.toImageFormat().name()))
                    formats.append((fragment.position(), fragment.length(), char_format))
                elif char_format.isAnchor():
                    # Links have the text's colour and a dotted underline: blue and orange mean values and gradients.
                    if self._theme is not None:
                        char_format.setForeground(self._theme.text)
                        char_format.setUnderlineColor(self._theme.muted)
                    char_format.setUnderlineStyle(QTextCharFormat.UnderlineStyle.DotLine)
                    formats.append((fragment.position(), fragment.length(), char_format))
                elif char_format.fontFixedPitch():
                    char_format.setFontFamilies([MONO])
                    char_format.setProperty(QTextCharFormat.Property.FontPixelSize, round(0.9 * self._pixels))
                    if self._theme is not None:
                        char_format.setBackground(self._theme.raised)
                    formats.append((fragment.position(), fragment.length(), char_format))
                fragments += 1
            block = block.next()
        for start, length, char_format in formats:
            cursor.setPosition(start)
            cursor.setPosition(start + length, QTextCursor.MoveMode.KeepAnchor)
            cursor.setCharFormat(char_format)
        self.moveCursor(QTextCursor.MoveOperation.Start)

    # -- images -----------------------------------------------------------------------------------

    def loadResource(self, kind: int, url: Any) -> Any:
        """Return the image of a formula or an image from the lesson's folder, and None for anything else."""
        url = QUrl(url)
        if kind != QTextDocument.ResourceType.ImageResource.value:
            return None
        if url.scheme() == "formula":
            number = int(url.path())
            formula = typesetter().formula(self._formulas[number]) if number < len(self._formulas) else None
            return self._formula_image(formula) if formula is not None else None
        try:
            image = QImage(str(resolve_lesson_file(self._folder, url.toString(), IMAGE_SUFFIXES)))
        except ValueError:
            return None
        max_width = round(MAX_IMAGE_WIDTH * self._available_width())
        return (
            image.scaledToWidth(max_width, Qt.TransformationMode.SmoothTransformation)
            if image.width() > max_width
            else image
        )

    def _padding(self, formula: Formula) -> tuple[float, float, bool]:
        """Return the padding above and below a formula, in pixels, and whether the middle of the line aligns it.

        Qt aligns the lower edge of an image with the font's descent, or its middle with half the x-height. Formulas
        that reach below the descent, such as fractions, use the latter.
        """
        metrics = QFontMetricsF(font(SANS, self._pixels))
        ascent, descent = (
            part * self._pixels / FONT_SIZE_PX * FORMULA_SCALE for part in (formula.ascent, formula.descent)
        )
        if descent <= metrics.descent() + MAX_RAISE * self._pixels:
            return 0.0, max(metrics.descent() - descent, 0.0), False
        below = ascent - descent - metrics.xHeight() / 2
        return max(-below, 0.0), max(below, 0.0), True

    def _alignment(self, name: str) -> QTextCharFormat.VerticalAlignment:
        number = int(name.partition(":")[2]) if name.startswith("formula:") else -1
        formula = typesetter().formula(self._formulas[number]) if number >= 0 else None
        if formula is None or self._padding(formula)[2]:
            return QTextCharFormat.VerticalAlignment.AlignMiddle
        return QTextCharFormat.VerticalAlignment.AlignBaseline

    def _formula_image(self, formula: Formula) -> QImage:
        above, below, _ = self._padding(formula)
        scale = self._pixels / FONT_SIZE_PX * FORMULA_SCALE
        max_width = MAX_IMAGE_WIDTH * max(self._available_width(), 100)
        scale = min(scale, max_width / max(formula.width, 1.0))
        width, height = formula.width * scale, (formula.ascent + formula.descent) * scale
        ratio = self.devicePixelRatioF()
        image = QImage(
            round(width * ratio) or 1, round((above + height + below) * ratio) or 1, QImage.Format.Format_ARGB32
        )
        image.setDevicePixelRatio(ratio)
        image.fill(Qt.GlobalColor.transparent)
        colour = self._theme.text.name() if self._theme is not None else "#000000"
        painter = QPainter(image)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        renderer = QSvgRenderer(QByteArray(formula.svg.replace(PLACEHOLDER_COLOUR, colour).encode()))
        renderer.render(painter, QRectF(0, above, width, height))
        painter.end()
        return image
