"""The window's style sheet and palette, made from a theme and a scale."""

from functools import lru_cache

from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QWidget

from explorer.core.resources import resource_path
from explorer.views.theme.theme import MATH, MONO, SANS, Theme, load_theme


def set_role(widget: QWidget, role: str) -> None:
    """Set the property ``role`` of a widget and apply the style sheet again, which Qt does not do by itself."""
    if widget.property("role") != role:
        widget.setProperty("role", role)
        widget.style().unpolish(widget)
        widget.style().polish(widget)


def set_wrong(field: QWidget, is_wrong: bool) -> None:
    """Set whether a field is marked as one whose text or value is wrong."""
    if bool(field.property("wrong")) != is_wrong:
        field.setProperty("wrong", is_wrong)
        field.style().unpolish(field)
        field.style().polish(field)


def palette(theme: Theme) -> QPalette:
    """Return the palette, for what style sheets do not reach."""
    result = QPalette()
    roles = QPalette.ColorRole
    for role, colour in (
        (roles.Window, theme.window), (roles.WindowText, theme.text), (roles.Base, theme.raised),
        (roles.AlternateBase, theme.panel), (roles.Text, theme.text), (roles.Button, theme.raised),
        (roles.ButtonText, theme.text), (roles.ToolTipBase, theme.raised), (roles.ToolTipText, theme.text),
        (roles.Highlight, theme.value), (roles.HighlightedText, theme.on_value), (roles.PlaceholderText, theme.faint),
        (roles.Link, theme.text), (roles.LinkVisited, theme.text),
        (roles.Mid, theme.border), (roles.Dark, theme.border), (roles.Light, theme.raised),
    ):  # fmt: skip
        result.setColor(role, colour)
    for role in (roles.WindowText, roles.Text, roles.ButtonText):
        result.setColor(QPalette.ColorGroup.Disabled, role, theme.disabled)
    return result


def stylesheet(theme: Theme, scale: float) -> str:
    """Return the style sheet of the window."""
    return _stylesheet(theme.name, scale)


@lru_cache(maxsize=8)
def _stylesheet(name: str, scale: float) -> str:
    theme = load_theme(name)
    off = theme.disabled.name()

    def px(pixels: float) -> str:
        return f"{max(1, round(pixels * scale))}px"

    def inset(pixels: float) -> str:
        return (
            f"{max(1, round(pixels * scale)) - 1}px"  # keeps the contents in place when the border is 2 px instead of 1
        )

    # Qt draws a square handle if the radius exceeds half the height, which groove and margins determine.
    handle = 3 * max(1, round(6 * scale)) // 2
    tab = round(16 * min(scale, 1.2)) if scale < 1.6 else 12  # beyond that, the texts of the tabs need the space
    is_light = theme.on_value.lightnessF() > 0.5
    names = "chevron", "left", "right", "tick-light" if is_light else "tick-dark"
    chevron, left, right, tick = (resource_path(f"icons/{name}.svg").as_posix() for name in names)
    c = {key: getattr(theme, key).name() for key in theme.__dataclass_fields__ if key != "name"}
    return f"""
* {{ font-family: "{SANS}"; font-size: {px(13)}; color: {c["text"]}; }}
QMainWindow, QDialog, QTabWidget > QWidget, #autodiffTab, #dataTab, #trainingTab, #weightsTab, #activationsTab,
#networkTab, #frontCard {{
  background: {c["window"]}; }}
QLabel {{ background: transparent; }}
QFrame[card="true"] {{ background: {c["panel"]}; border: 1px solid {c["border"]}; border-radius: {px(12)}; }}
QWidget[clear="true"] {{ background: transparent; border: none; }}
QFrame[strip="true"] {{ background: {c["raised"]}; border: none; border-top: 1px solid {c["border"]}; }}
QWidget[stepBar="true"] {{ border-top: 1px solid {c["border"]}; }}
#sentenceBanner {{ background: {c["raised"]}; border: none; border-top: 2px solid {c["muted"]}; }}
#sentenceBanner[role="floating"] {{ border: 2px solid {c["muted"]}; border-radius: {px(8)}; }}
#lessonPanel {{ background: {c["panel"]}; border: none; border-right: 1px solid {c["border"]}; }}
#tourCard, #whatsThisCard {{ background: {c["raised"]}; border: 2px solid {c["text"]}; }}
#tourCard {{ border-radius: {px(10)}; }}
QTextBrowser {{ background: transparent; border: none; }}
QLabel[role="right"] {{ color: {c["value"]}; font-weight: 600; font-size: {px(13.5)}; }}
#lessonList::item {{ padding: {px(7)} {px(6)}; }}
QFrame[code="true"] {{ background: {c["window"]}; border: none; border-radius: {px(6)}; }}
QFrame[code="true"] QLabel {{ font-family: "{MONO}"; font-size: {px(11.5)}; color: {c["muted"]}; }}
QLabel[role="heading"] {{ font-weight: 600; font-size: {px(14)}; }}
QLabel[role="muted"] {{ color: {c["muted"]}; }}
QLabel[role="small"] {{ color: {c["faint"]}; font-size: {px(11)}; }}
QLabel#errorLabel {{ background: {c["window"]}; border-radius: {px(6)}; }}
QLabel#claimAnswer {{ background: {c["panel"]}; padding: {px(2)} {px(8)}; }}
QLabel[role="error"] {{ color: {c["error"]}; font-size: {px(14)}; }}
QLabel[role="notice"] {{ color: {c["text"]}; font-size: {px(13.5)}; }}
QLabel[role="code"] {{ font-family: "{MONO}"; }}
QLabel[role="codeName"] {{ font-family: "{MONO}"; font-size: {px(11.5)}; color: {c["muted"]}; }}
QLabel[role="gradient"] {{ color: {c["gradient"]}; font-weight: 700; font-size: {px(15)}; }}
QLabel[role="value"] {{ color: {c["value"]}; font-weight: 700; font-size: {px(15)}; }}
QLabel[role="gradientLarge"] {{ color: {c["gradient"]}; font-weight: 700; font-size: {px(18)}; }}
QLabel[role="local"] {{ font-weight: 700; font-size: {px(15)}; }}
QLabel[role="strong"] {{ font-weight: 700; }}
QLabel[role="math"] {{ font-family: "{MATH}"; font-style: italic; font-size: {px(21)}; }}
QLabel[role="sentence"] {{ font-size: {px(20)}; }}
QLabel[role="huge"] {{ font-size: {px(32)}; font-weight: 700; }}
QLabel[role="large"] {{ font-size: {px(20)}; font-weight: 600; }}
QLineEdit, QPlainTextEdit, QComboBox, QAbstractSpinBox {{
  background: {c["raised"]}; border: 1px solid {c["border"]}; border-radius: {px(6)};
  padding: {px(3)} {px(6)}; selection-background-color: {c["value"]}; selection-color: {c["on_value"]}; }}
QLineEdit:focus, QPlainTextEdit:focus, QComboBox:focus {{ border: 2px solid {c["value"]};
  padding: {inset(3)} {inset(6)}; }}
QLineEdit:disabled, QComboBox:disabled {{ color: {off}; border: 1px dashed {c["border"]}; }}
QAbstractSpinBox {{ padding: {px(1)} 0; }}
QAbstractSpinBox QLineEdit {{ border: none; padding: 0; background: transparent; }}
QAbstractSpinBox::up-button, QAbstractSpinBox::down-button {{ width: 0; border: none; }}
QAbstractSpinBox:focus {{ border: 2px solid {c["value"]}; }}
QPlainTextEdit {{ font-family: "{MONO}"; font-size: {px(13)}; }}
#expressionEdit {{ font-family: "{MONO}"; font-size: {px(19)}; padding: {px(7)} {px(12)};
  border: 2px solid {c["border"]}; border-radius: {px(9)}; }}
#expressionEdit:focus {{ border: 2px solid {c["value"]}; }}
#expressionEdit[wrong="true"] {{ border: 2px solid {c["error"]}; }}
QLineEdit[wrong="true"], QLineEdit[wrong="true"]:focus {{ border: 2px solid {c["error"]};
  padding: {inset(3)} {inset(6)}; }}
#inputsPanel QLineEdit {{ font-weight: 600; font-size: {px(14)}; }}
QWidget[quiet="true"] QLabel, QWidget[quiet="true"] QComboBox, QWidget[quiet="true"] QAbstractSpinBox {{
    color: {c["faint"]}; }}
QWidget[quiet="true"] QComboBox, QWidget[quiet="true"] QAbstractSpinBox {{ border-style: dashed; }}
QWidget[quiet="true"] QLabel[role="error"] {{ color: {c["error"]}; }}
QComboBox {{ combobox-popup: 0; }}
QComboBox QAbstractItemView::item {{ padding: {px(4)} {px(8)}; }}
QComboBox::drop-down {{ border: none; width: {px(20)}; }}
QComboBox::down-arrow {{ image: url("{chevron}"); width: {px(10)}; height: {px(10)}; }}
QTreeWidget QLineEdit, QTreeWidget QLineEdit:focus {{ padding: 0 {px(4)}; }}
QComboBox QAbstractItemView {{ outline: 0; background: {c["raised"]}; border: 1px solid {c["border"]};
  selection-background-color: {c["value_soft"]}; selection-color: {c["text"]}; }}
QPushButton, QToolButton {{ background: {c["raised"]}; border: 1px solid {c["border"]}; border-radius: {px(7)};
  padding: {px(5)} {px(11)}; }}
/* Return presses the button that has the focus, in the window as in a dialog. */
QPushButton {{ qproperty-autoDefault: true; }}
QPushButton:hover, QToolButton:hover {{ border-color: {c["muted"]}; }}
QPushButton:pressed, QToolButton:pressed {{ background: {c["value_soft"]}; }}
QPushButton:focus, QToolButton:focus {{ border: 1px solid {c["value"]}; }}
QPushButton[role="step"] {{ background: {c["gradient"]}; color: {c["on_gradient"]}; border-color: {c["gradient"]};
  font-weight: 600; }}
QPushButton[role="go"] {{ background: {c["value"]}; color: {c["on_value"]}; border-color: {c["value"]};
  font-weight: 600; }}
QPushButton[role="go"]:focus {{ border: 2px solid {c["text"]}; }}
QPushButton[role="step"]:focus {{ border: 2px solid {c["text"]}; }}
QPushButton:checked, QToolButton:checked {{ background: {c["value_soft"]}; border-color: {c["value"]}; }}
QToolButton[flat="true"], QToolButton#examplesButton {{ background: transparent; border: 1px solid transparent;
  color: {c["muted"]}; padding: {px(5)} {px(8)}; }}
QToolButton[flat="true"]:hover, QToolButton#examplesButton:hover {{ color: {c["text"]}; background: {c["raised"]}; }}
QToolButton[flat="true"]:focus, QToolButton#examplesButton:focus {{ border: 1px solid {c["value"]}; }}
QToolButton[small="true"] {{ padding: 0 {px(7)}; font-size: {px(11)}; border-radius: {px(4)}; color: {c["muted"]}; }}
QToolButton#directionButton, QToolButton#fitButton {{ padding: {px(5)} {px(6)}; }}
QToolButton::menu-indicator {{ image: none; width: 0; }}
QToolButton[segment="true"] {{ border-radius: {px(7)}; margin-right: 1px; padding: {px(4)} {px(8)};
  color: {c["muted"]}; background: transparent; border: 1px solid transparent; }}
QToolButton[segment="true"]:checked {{ color: {c["text"]}; background: {c["raised"]}; border: 1px solid {c["muted"]};
  font-weight: 600; }}
QToolButton[segment="true"]:focus {{ border: 1px solid {c["value"]}; }}
/* After all other rules of buttons, with the same selectors, so that it applies to each kind. */
QPushButton:disabled, QPushButton[role="step"]:disabled, QPushButton[role="go"]:disabled, QToolButton:disabled,
QToolButton[small="true"]:disabled {{ color: {off}; background: transparent; border: 1px dashed {c["border"]};
  font-weight: normal; }}
QToolButton[flat="true"]:disabled, QToolButton[segment="true"]:disabled, QToolButton#examplesButton:disabled {{
  color: {off}; background: transparent; border: 1px solid transparent; }}
QTabWidget::pane {{ border: none; border-top: 1px solid {c["border"]}; }}
QTabBar {{ background: transparent; }}
QTabBar::tab {{ background: transparent; color: {c["muted"]}; padding: {px(8)} {tab}px; margin-left: {tab - 4}px;
  border: none; border-bottom: 3px solid transparent; }}
QTabBar::tab:selected {{ color: {c["text"]}; font-weight: 600; border-bottom: 3px solid {c["value"]}; }}
QTabBar::scroller {{ width: {px(30)}; }}
QPushButton, QToolButton {{ icon-size: {px(16)}; }}
QLineEdit QToolButton {{ padding: 0; border: 1px solid transparent; background: transparent; }}
QLineEdit QToolButton:focus {{ border: 1px solid {c["value"]}; }}
QFileDialog QToolButton {{ padding: {px(3)}; }}
QTabBar QToolButton {{ padding: 0; border-radius: {px(4)}; }}
QTabBar QToolButton::left-arrow {{ image: url("{left}"); width: {px(12)}; height: {px(12)}; }}
QTabBar QToolButton::right-arrow {{ image: url("{right}"); width: {px(12)}; height: {px(12)}; }}
QTabBar::tab:focus {{ color: {c["value"]}; }}
QStatusBar {{ background: {c["window"]}; }}
QStatusBar::item {{ border: none; }}
QStatusBar QLabel {{ padding: 0 {px(12)} {px(3)} {px(12)}; }}
QMenu {{ background: {c["raised"]}; border: 1px solid {c["border"]}; padding: {px(5)}; }}
QMenu::item {{ padding: {px(6)} {px(22)}; border-radius: {px(5)}; }}
QMenu::item:selected {{ background: {c["value_soft"]}; }}
QMenu::separator {{ height: 1px; background: {c["border"]}; margin: {px(4)} {px(8)}; }}
QMenu::indicator {{ width: {px(13)}; height: {px(13)}; left: {px(4)}; }}
QMenu::indicator:checked {{ background: {c["value"]}; border-radius: {px(6)}; }}
QCheckBox {{ spacing: {px(7)}; color: {c["muted"]}; background: transparent; }}
QCheckBox::indicator {{ width: {px(14)}; height: {px(14)}; border: 1px solid {c["muted"]}; border-radius: {px(4)};
  background: {c["raised"]}; }}
QCheckBox::indicator:checked {{ background: {c["value"]}; border-color: {c["value"]}; image: url("{tick}"); }}
QCheckBox:focus {{ color: {c["value"]}; }}
QCheckBox::indicator:focus {{ border: 2px solid {c["value"]}; }}
QCheckBox::indicator:checked:focus {{ border: 2px solid {c["text"]}; }}
QSlider {{ background: transparent; min-height: {px(24)}; }}
QSlider::groove:horizontal {{ height: {px(6)}; background: {c["border"]}; border-radius: {px(3)}; }}
QSlider::sub-page:horizontal {{ background: {c["value"]}; border-radius: {px(3)}; }}
QSlider::handle:horizontal {{ width: {2 * handle}px; height: {2 * handle}px; margin: -{px(6)} 0;
  border-radius: {handle}px; background: {c["text"]}; border: 2px solid {c["value"]}; }}
QSlider::handle:horizontal:focus {{ border: 3px solid {c["gradient"]}; }}
QScrollArea {{ background: transparent; border: none; }}
QTreeWidget, QListWidget {{ background: transparent; border: none; outline: none; }}
QTreeWidget::item, QListWidget::item {{ padding: {px(2)}; border-radius: {px(4)}; }}
QTreeWidget::item:selected, QListWidget::item:selected {{ background: {c["value_soft"]}; color: {c["text"]}; }}
QListWidget::item:selected {{ border: 1px solid {c["value"]}; }}
QListWidget[popup="true"] {{ background: {c["raised"]}; border: 1px solid {c["muted"]}; border-radius: {px(6)};
  padding: {px(3)}; }}
QTreeWidget:focus, QListWidget:focus {{ border: 1px solid {c["value"]}; border-radius: {px(4)}; }}
QTreeWidget::indicator {{ width: {px(13)}; height: {px(13)}; border: 1px solid {c["muted"]};
  border-radius: {px(4)}; background: {c["raised"]}; }}
QTreeWidget::indicator:checked {{ background: {c["value"]}; border-color: {c["value"]}; image: url("{tick}"); }}
QHeaderView::section {{ background: transparent; color: {c["faint"]}; border: none; font-size: {px(11)};
  padding: {px(2)} {px(6)}; }}
QScrollBar:vertical {{ width: {px(10)}; background: transparent; }}
QScrollBar::handle:vertical {{ background: {c["border"]}; border-radius: {px(4)}; min-height: {px(20)}; }}
QScrollBar:horizontal {{ height: {px(10)}; background: transparent; }}
QScrollBar::handle:horizontal {{ background: {c["border"]}; border-radius: {px(4)}; min-width: {px(20)}; }}
QScrollBar::add-line, QScrollBar::sub-line, QScrollBar::add-page, QScrollBar::sub-page {{ background: none;
  border: none; width: 0; height: 0; }}
QSplitter::handle {{ background: transparent; }}
QToolTip {{ background: {c["raised"]}; color: {c["text"]}; border: 1px solid {c["border"]}; padding: {px(4)}; }}
QProgressBar {{ background: {c["border"]}; border: none; border-radius: {px(3)}; max-height: {px(6)}; }}
QProgressBar::chunk {{ background: {c["value"]}; border-radius: {px(3)}; }}
"""
