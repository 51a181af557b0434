"""Fields for declared settings: each kind of setting has its kind of field."""

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import QEvent, Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QFormLayout, QWidget

from explorer.core.settings import Setting
from explorer.views.widgets.choice_combo import ChoiceCombo
from explorer.views.widgets.spin_boxes import DecimalSpinBox, IntegerSpinBox


def camel_case(key: str) -> str:
    """Return ``batch_size`` as ``batchSize``, as names of widgets are written."""
    first, *others = key.split("_")
    return first + "".join(part.capitalize() for part in others)


class SettingsForm(QWidget):
    """A form with a field for each setting.

    Fields are called ``modelCombo``, ``batchSizeSpin``, ``batchNormCheck`` and so on, after the setting's key.
    changed: with each key; settled: a number has been typed to its end.
    ``labels``: key to label, for the settings that are shown, in this order. ``choices``: texts for choices.
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
        self._form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)  # large letters leave no room beside
        self._form.setVerticalSpacing(6)
        self._form.setHorizontalSpacing(12)
        for key, label in labels.items():
            field = self._field(settings[key], (choices or {}).get(key, {}))
            field.setToolTip(settings[key].says)
            field.setAccessibleName(f"{label}: {settings[key].says}")
            self._fields[key] = field
            self._form.addRow(label, field)

    def addField(self, label: str, field: QWidget, row: int) -> None:
        """Add a field of another kind."""
        self._form.insertRow(row, label, field)

    def addWide(self, widget: QWidget, row: int) -> None:
        """Add something without a label, over the whole width."""
        self._form.insertRow(row, widget)

    def event(self, event: QEvent) -> bool:
        """Put labels over their fields where the widest of both do not fit side by side."""
        if event.type() in (QEvent.Type.Resize, QEvent.Type.LayoutRequest):
            fields, form = list(self._fields.values()), self._form
            labels = [form.labelForField(field).sizeHint().width() for field in fields if not field.isHidden()]
            widest = max((field.minimumSizeHint().width() for field in fields if not field.isHidden()), default=0)
            beside = max(labels, default=0) + form.horizontalSpacing() + widest <= self.width()
            policy = QFormLayout.RowWrapPolicy.WrapLongRows if beside else QFormLayout.RowWrapPolicy.WrapAllRows
            if form.rowWrapPolicy() != policy:
                form.setRowWrapPolicy(policy)
        done = super().event(event)
        if event.type() == QEvent.Type.Resize:
            # A QFormLayout keeps heights that it measured for the width before.
            self._form.invalidate()
            self._form.activate()
        return done

    def value(self, key: str) -> Any:
        """Return what a field says."""
        field = self._fields[key]
        if isinstance(field, QComboBox):
            return field.currentData()
        return field.isChecked() if isinstance(field, QCheckBox) else field.value()

    def values(self) -> dict[str, Any]:
        """Return what all fields say."""
        return {key: self.value(key) for key in self._fields}

    def setValue(self, key: str, value: Any) -> None:
        """Set a field."""
        field = self._fields[key]
        if isinstance(field, QComboBox):
            field.setCurrentIndex(field.findData(value))
        elif isinstance(field, QCheckBox):
            field.setChecked(value)
        else:
            field.setValue(value)

    def setFieldVisible(self, key: str, shown: bool) -> None:
        """Show a field, or hide it where it means nothing."""
        self._form.setRowVisible(self._fields[key], shown)

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
        return spin
