"""The sessions of a window whose engine answers from a table."""

import numpy as np
import pytest
from PySide6.QtCore import QObject

from explorer.core.lessons.lesson import Scene
from explorer.session.sessions import create_sessions
from explorer.session.settings_store import SettingsStore


def data_info(payload):
    """Return the engine's reply about a data set of 250 training and 40 validation images."""
    counts = np.full(10, 25)
    return {
        "source": payload["data"], "name": payload["data"], "classes": list("0123456789"),
        "parts": {"y_train": {"shape": [250]}, "y_validation": {"shape": [40]}},
        "counts": counts, "validation_counts": counts - 21,
    }  # fmt: skip


def data_page(payload):
    """Return the engine's reply with a page of images, all of the digit 7."""
    return {**payload, "total": 250, "labels": np.full(payload["count"], 7)}


@pytest.fixture
def client(table_client):
    return table_client({"data_info": data_info, "data_page": data_page})


@pytest.fixture
def sessions(client):
    """All sessions, with settings that are kept in memory."""
    parent = QObject()
    yield create_sessions(client, SettingsStore(None), parent)
    parent.deleteLater()


@pytest.fixture
def scene():
    """A function that makes a scene from its keys."""
    return lambda exercise=None, **view_keys: Scene("Title", "Text.", view_keys=view_keys, exercise=exercise)
