"""A form with a field for each of several declared settings."""

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import QEvent, Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QFormLayout, QScrollArea, QWidget

from explorer.core.settings import Setting
from explorer.views.widgets.fields.choice_combo import ChoiceCombo
from explorer.views.widgets.fields.spin_boxes import DecimalSpinBox, IntegerSpinBox


def camel_case(key: str) -> str:
    """Convert ``batch_size`` to ``batchSize``, for object names."""
    first, *rest = key.split("_")
    return first + "".join(part.capitalize() for part in rest)


class SettingsForm(QWidget):
    """Labels and fields of settings.

    Fields have object names after the key of their setting: ``modelCombo``, ``batchSizeSpin``, ``batchNormCheck``.
    changed: emitted with the key at each change; settled: when the editing of a number is finished.
    labels: key to label of the settings to show, in this order. choices: for each key, texts of its choices.
    """

    changed = Signal(str)
    settled = Signal(str)

    def __init__(
        self,
        settings: Mapping[str, Setting],
        labels: Mapping[str, str],
        choices: Mapping[str, Mapping[Any, str]] | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._settings = settings
        self._fields: dict[str, Any] = {}
        self._form = QFormLayout(self)
        self._form.setContentsMargins(0, 0, 0, 0)
        self._form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)  # large labels leave no room beside them
        self._form.setVerticalSpacing(6)
        self._form.setHorizontalSpacing(12)
        for key, label in labels.items():
            field = self._field(settings[key], (choices or {}).get(key, {}))
            field.setToolTip(settings[key].description)
            field.setAccessibleName(f"{label}: {settings[key].description}")
            self._fields[key] = field
            self._form.addRow(label, field)

    def insertField(self, label: str, field: QWidget, row: int) -> None:
        """Add a field of another kind."""
        self._form.insertRow(row, label, field)

    def insertSpanningWidget(self, widget: QWidget, row: int) -> None:
        """Insert a widget without label that spans the row."""
        self._form.insertRow(row, widget)

    def event(self, event: QEvent) -> bool:
        """Wrap all rows if the widest label and the widest field do not fit side by side."""
        if event.type() in (QEvent.Type.Resize, QEvent.Type.LayoutRequest):
            fields, form = list(self._fields.values()), self._form
            label_widths = [form.labelForField(field).sizeHint().width() for field in fields if not field.isHidden()]
            widest_field = max((field.minimumSizeHint().width() for field in fields if not field.isHidden()), default=0)
            needed = max(label_widths, default=0) + form.horizontalSpacing() + widest_field
            policies = QFormLayout.RowWrapPolicy
            policy = policies.WrapLongRows if needed <= self._full_width() else policies.WrapAllRows
            if form.rowWrapPolicy() != policy:
                form.setRowWrapPolicy(policy)
        handled = super().event(event)
        if event.type() == QEvent.Type.Resize:
            # QFormLayout caches heights of the previous width.
            self._form.invalidate()
            self._form.activate()
        return handled

    def _full_width(self) -> int:
        """Return the width without a scroll bar, which may be there only because the rows are wrapped."""
        viewport = self.parentWidget()
        area = viewport.parentWidget() if viewport is not None else None
        return area.contentsRect().width() if isinstance(area, QScrollArea) else self.width()

    def value(self, key: str) -> Any:
        """Return the value of a field."""
        field = self._fields[key]
        if isinstance(field, QComboBox):
            return field.currentData()
        return field.isChecked() if isinstance(field, QCheckBox) else field.value()

    def values(self) -> dict[str, Any]:
        """Return the values of all fields by key."""
        return {key: self.value(key) for key in self._fields}

    def setValue(self, key: str, value: Any) -> None:
        """Set the value of a field."""
        field = self._fields[key]
        if isinstance(field, QComboBox):
            field.setCurrentIndex(field.findData(value))
        elif isinstance(field, QCheckBox):
            field.setChecked(value)
        else:
            field.setValue(value)

    def setFieldVisible(self, key: str, visible: bool) -> None:
        """Show or hide the row of a field."""
        self._form.setRowVisible(self._fields[key], visible)

    def _field(self, setting: Setting, texts: Mapping[Any, str]) -> QWidget:
        name, key = camel_case(setting.key), setting.key
        if setting.choices:
            combo = ChoiceCombo(f"{name}Combo")
            for choice in setting.choices:
                combo.addItem(texts.get(choice, str(choice)), choice)
            combo.setCurrentIndex(combo.findData(setting.default))
            combo.currentIndexChanged.connect(lambda _index: self.changed.emit(key))
            return combo
        if isinstance(setting.default, bool):
            check = QCheckBox()
            check.setObjectName(f"{name}Check")
            check.toggled.connect(lambda _on: self.changed.emit(key))
            return check
        spin: Any = IntegerSpinBox() if isinstance(setting.default, int) else DecimalSpinBox()
        spin.setObjectName(f"{name}Spin")
        spin.setRange(setting.low or 0, setting.high or 0)
        spin.setValue(setting.default)
        spin.valueChanged.connect(lambda _value: self.changed.emit(key))
        spin.editingFinished.connect(lambda: self.settled.emit(key))
        field: QWidget = spin
        return field
