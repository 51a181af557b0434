"""The status bar: what computes, and which keys matter here."""

from collections.abc import Sequence

from PySide6.QtWidgets import QStatusBar

from explorer.session.engine_client.client import EngineClient
from explorer.views.theme.stylesheet import set_role
from explorer.views.widgets.adaptive_label import AdaptiveLabel


class StatusBar:
    """Fills a status bar. Where there is little room, fewer words say the same."""

    def __init__(self, bar: QStatusBar, client: EngineClient) -> None:
        self._client = client
        self._device = AdaptiveLabel("engineLabel")
        self._hint = AdaptiveLabel("keyHintLabel")
        self._hint.setProperty("role", "muted")
        bar.setSizeGripEnabled(False)
        bar.addWidget(self._device, 1)
        bar.messageChanged.connect(lambda text: self._device.setBlank(bool(text)))
        bar.addPermanentWidget(self._hint)

    def show_state(self, state: str) -> str:
        """Say how the engine is: ``starting``, ``ready`` or ``failed``; returns the sentence."""
        info = self._client.info
        if state == "ready":
            text = f"TensorFlow {info.get('tensorflow', '')} ready · computes on {info.get('device', 'CPU')}"
            short = "TensorFlow ready"
        elif state == "failed":
            text, short = self._client.message, "TensorFlow failed"
        else:
            text = short = "TensorFlow is starting"
        self._device.setAlternatives(f"● {text}", f"● {short}")
        set_role(self._device, "error" if state == "failed" else "muted")
        return text

    def show_keys(self, told: Sequence[str]) -> None:
        """Name keys, the last of them also where there is little room."""
        self._hint.setAlternatives(*("  ·  ".join(told[start:]) for start in range(len(told))))
