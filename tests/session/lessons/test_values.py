"""The numbers in the texts of a scene: what is requested for them, and when they are shown."""

import numpy as np
import pytest
from PySide6.QtCore import QObject

from explorer.core.lessons.lesson import read_lesson
from explorer.core.protocol.autodiff import EVALUATE
from explorer.engine.services.autodiff import AutodiffService
from explorer.session.lessons.session import LessonSession
from explorer.session.sessions import create_sessions
from explorer.session.settings_store import SettingsStore
from tests.session.lessons.conftest import data_info, data_page

LESSON = """+++
format = 1
title = "Numbers"
+++

## Fixed

```scene
expression = "sin(2*x)"
at = { x = 0.5 }
```

The gradient is {{ dy/dx | digits 3 }}, and $2x = {{ 2*x }}$. {{ q }}

> Here {{ x }}.

## Live

```scene
expression = "x^2"
at = { x = 3 }
live = true
```

The gradient is {{ dy/dx }}.

## Data

```scene
tab = "data"
```

There are {{ train_images }} images, {{ train_images(3) }} of them a 3, and {{ train_images - validation_images }} more.

## A run

```scene
tab = "training"
train = { model = "logistic", epochs = 2 }
```

After one epoch {{ val_accuracy(1) | percent }}, then {{ val_accuracy | percent }}, of {{ epochs }}.
"""


@pytest.fixture
def client(table_client):
    """A client whose expressions are computed by the engine's service, in this process."""
    service = AutodiffService(lambda: None)
    yield table_client(
        {
            "data_info": data_info, "data_page": data_page, "evaluate": service.evaluate, "trace": service.trace,
            "values": service.values,
        }
    )  # fmt: skip
    service.close()


@pytest.fixture
def lessons(client, tmp_path):
    parent = QObject()
    session = LessonSession(create_sessions(client, SettingsStore(None), parent))
    path = tmp_path / "numbers.md"
    path.write_text(LESSON, encoding="utf-8")
    session.open(path)
    yield session
    parent.deleteLater()


def test_numbers_are_pending_until_the_engine_has_computed_them(lessons, client):
    assert lessons.text == "The gradient is …, and $2x = \\ldots $. …"
    assert not lessons.values.is_complete
    assert client.payloads("evaluate")[-1]["expressions"] == ["dy/dx | digits 3", "2*x", "q", "x"]
    client.answer("evaluate")
    assert lessons.text == f"The gradient is {2 * np.cos(1):.3g}, and $2x = 1$. ?"
    assert lessons.notes == "Here 0.5."
    assert lessons.values.is_complete


def test_numbers_stay_with_the_scenes_point(lessons, client, qtbot):
    client.answer_all()
    shown = lessons.text
    lessons.setter.sessions.autodiff.set_value("x", 2.0)
    client.answer_all()
    assert lessons.text == shown


def test_live_numbers_follow_the_slider(lessons, client, qtbot):
    client.answer_all()
    lessons.next()
    client.answer_all()
    assert lessons.text == "The gradient is 6."
    lessons.setter.sessions.autodiff.set_value("x", -1.0)
    client.answer_all()
    qtbot.waitUntil(lambda: "evaluate" in client.kinds())
    client.answer_all()
    assert lessons.text == "The gradient is −2."
    lessons.restore_scene()
    client.answer_all()
    assert lessons.text == "The gradient is 6."


def test_numbers_of_the_data(lessons, client, qtbot):
    lessons.go(2)
    assert lessons.text.startswith("There are … images")
    client.answer_all()
    qtbot.waitUntil(lambda: "evaluate" in client.kinds())
    client.answer_all()
    assert lessons.text == "There are 250 images, 25 of them a 3, and 210 more."


def test_numbers_of_a_run_come_with_its_epochs(lessons, client, qtbot):
    lessons.go(3)
    training = lessons.setter.sessions.training
    assert lessons.text == "After one epoch …, then …, of 2."
    epoch = {"loss": 0.5, "accuracy": 0.8, "val_loss": 0.4, "val_accuracy": 0.856}
    training.run.epochs.append(epoch)
    training.epochFinished.emit(0)
    qtbot.waitUntil(lambda: lessons.text == "After one epoch 85.6 %, then …, of 2.")
    training.run.epochs.append({**epoch, "val_accuracy": 0.9})
    training.state = "finished"
    training.stateChanged.emit("finished")
    qtbot.waitUntil(lambda: lessons.text == "After one epoch 85.6 %, then 90.0 %, of 2.")


def test_the_numbers_of_the_next_scene_can_be_prefetched(lessons, client):
    client.answer_all()
    scene = lessons.lesson.scenes[1]
    payload = lessons.values.payload_to_prefetch(scene)
    assert lessons.following_text == "The gradient is …."
    client.prefetch(EVALUATE, payload, lambda _reply: None)
    client.answer_prefetch(client.table["evaluate"](payload))
    assert lessons.following_text == "The gradient is 6."
    assert lessons.values.payload_to_prefetch(lessons.lesson.scenes[3]) is None


def test_the_hints_of_an_exercise_have_numbers(tmp_path):
    text = LESSON.split("## Live", maxsplit=1)[0] + (
        '```exercise\nasks = "gradient"\nvariable = "x"\nright = "2*cos(2*x)"\n'
        'wrong = [{ answer = "1", says = "It is {{ dy/dx }}, not {{ x }}." }]\n```\n'
    )
    scene = read_lesson(text, tmp_path).scenes[0]
    assert scene.texts[-1] == "It is {{ dy/dx }}, not {{ x }}."
