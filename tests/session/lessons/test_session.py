"""The open lesson: its scenes, the progress that is kept, exercises, and saving what the window shows as a scene."""

import pytest

from explorer.core.autodiff.output_choice import parse_output
from explorer.core.lessons.lesson import load_lesson
from explorer.core.resources import resource_path
from explorer.session.lessons import session as module
from explorer.session.lessons.progress import MAX_PROGRESS_ENTRIES
from explorer.session.lessons.session import LessonSession
from tests.session.expression_traces import show, trace_reply

NETWORK_KEYS = {
    "input_shape": [28, 28],
    "scale": "unit",
    "output": {"kind": "softmax", "units": 10, "is_assumed": False},
}

LESSON = """+++
format = 1
title = "Three scenes"
+++

## A sine

```scene
expression = "sin(2*x)"
at = { x = 0.5 }
step = 1
```

Text.

## Images

```scene
tab = "data"
image = 3
```

Text.

```exercise
asks = "label"
```

## A difference

```scene
expression = "x-x"
```

Text.
"""


@pytest.fixture
def path(tmp_path):
    """The file of a lesson with three scenes."""
    path = tmp_path / "three.md"
    path.write_text(LESSON, encoding="utf-8")
    return path


@pytest.fixture
def lessons(sessions):
    """A session without a lesson; ``emitted`` records its signals with their arguments."""
    session = LessonSession(sessions)
    session.emitted = []
    for name in ("lessonChanged", "sceneChanged", "progressChanged", "messageChanged", "messageReported"):
        getattr(session, name).connect(lambda *values, name=name: session.emitted.append((name, *values)))
    return session


def names(lessons):
    """Return the names of the emitted signals and forget them."""
    emitted = [name for name, *_ in lessons.emitted]
    lessons.emitted.clear()
    return emitted


def test_the_shelf_has_the_lessons_of_the_program_in_order(lessons):
    assert len(lessons.shelf) == len(list(resource_path("lessons").glob("*.md"))) >= 15
    assert lessons.shelf[4].key == "05-chain-rule"
    assert lessons.shelf[4].title == "How TensorFlow finds cos(2·x)·2"
    assert {lessons.progress(entry.key) for entry in lessons.shelf} == {-1}


def test_a_lesson_whose_head_cannot_be_read_is_listed_by_its_file_name(tmp_path):
    path = tmp_path / "03-derivative-of-2x.md"
    path.write_text("no head", encoding="utf-8")
    assert module._title(path) == "derivative of 2x"


def test_a_lesson_is_opened_at_its_first_scene(lessons, sessions, client, path):
    lessons.open(path)
    assert names(lessons) == ["lessonChanged", "sceneChanged", "progressChanged"]
    assert (lessons.lesson.title, lessons.scene, lessons.current.title) == ("Three scenes", 0, "A sine")
    assert lessons.following.title == "Images"
    assert client.payloads("trace")[-1]["text"] == "sin(2*x)"
    assert lessons.shown_graph is None
    client.answer("trace", trace_reply("sin(2*x)"))
    assert lessons.setter.is_set
    assert lessons.shown_graph == sessions.autodiff.trace.graph


def test_a_lesson_of_the_program_is_opened_by_its_key(lessons, sessions):
    lessons.open_key("nonsense")
    assert lessons.lesson is None
    lessons.open_key("05-chain-rule")
    assert lessons.lesson.title == lessons.shelf[4].title
    assert sessions.store.get("lessons") == {"05-chain-rule": 0}


def test_a_file_that_is_no_lesson_leaves_the_open_one(lessons, path, tmp_path):
    lessons.open(path)
    names(lessons)
    (tmp_path / "other.md").write_text("# Notes", encoding="utf-8")
    lessons.open(tmp_path / "other.md")
    assert lessons.message.startswith("other.md is not opened: A lesson begins with a line +++")
    assert lessons.lesson.title == "Three scenes"
    assert names(lessons) == ["messageChanged"]
    lessons.open(tmp_path / "missing.md")
    assert "missing.md cannot be read" in lessons.message
    lessons.open(path)
    assert lessons.message == ""


def test_scenes_change_only_on_real_change(lessons, path):
    lessons.next()  # without a lesson
    assert names(lessons) == []
    lessons.open(path)
    lessons.back()
    lessons.go(0)
    assert names(lessons) == ["lessonChanged", "sceneChanged", "progressChanged"]
    lessons.next()
    assert (lessons.scene, names(lessons)) == (1, ["sceneChanged", "progressChanged"])
    lessons.go(99)
    assert (lessons.scene, lessons.following) == (2, None)
    lessons.emitted.clear()
    lessons.next()
    assert lessons.emitted == []


def test_a_scene_is_restored_after_the_user_changed_something(lessons, sessions, client, path):
    lessons.open(path)
    client.answer("trace", trace_reply("sin(2*x)"))
    sessions.autodiff.set_text("x+1")
    lessons.restore_scene()
    assert (sessions.autodiff.text, lessons.setter.is_set) == ("sin(2*x)", False)
    client.answer("trace", trace_reply("sin(2*x)"))
    assert lessons.setter.is_set


def test_a_lesson_is_opened_again_where_it_was_left(lessons, sessions, path):
    lessons.open(path)
    lessons.go(2)
    key = str(path.resolve())
    assert (lessons.progress(key), sessions.store.get("lessons")) == (2, {key: 2})
    lessons.close()
    lessons.open(path)
    assert lessons.scene == 2


@pytest.mark.parametrize(("saved", "progress", "scene"), [(True, -1, 0), ("x", -1, 0), (-7, -7, 0), (99, 99, 2)])
def test_progress_that_makes_no_sense_is_moved_into_the_lesson(lessons, sessions, path, saved, progress, scene):
    key = str(path.resolve())
    sessions.store.set("lessons", {key: saved})
    assert lessons.progress(key) == progress
    lessons.open(path)
    assert lessons.scene == scene


def test_the_progress_of_the_latest_lessons_is_kept(lessons, sessions, path):
    sessions.store.set("lessons", {str(number): 1 for number in range(MAX_PROGRESS_ENTRIES + 9)})
    lessons.open(path)
    kept = sessions.store.get("lessons")
    assert len(kept) == MAX_PROGRESS_ENTRIES + 1
    assert next(iter(kept)) == "9"
    assert list(kept)[-1] == str(path.resolve())


def test_a_closed_lesson_leaves_the_window_to_the_user(lessons, sessions, client, path):
    lessons.open(path)
    lessons.next()
    assert sessions.prediction.question != ""
    names(lessons)
    lessons.close()
    lessons.close()
    assert names(lessons) == ["lessonChanged"]
    assert (lessons.lesson, lessons.current, lessons.following) == (None, None, None)
    assert sessions.prediction.question == ""
    lessons.restore_scene()
    assert lessons.emitted == []


def test_an_exercise_about_the_label_of_the_current_image(lessons, sessions, client, path):
    lessons.open(path)
    lessons.next()
    sessions.prediction.check("7")
    assert sessions.prediction.verdict == "unclear", "the image has not arrived"
    client.answer_all()
    assert sessions.data.index == 3
    sessions.prediction.check("6")
    assert sessions.prediction.verdict == "wrong"
    sessions.prediction.check("7")
    assert sessions.prediction.verdict == "right"


def test_the_number_of_parameters_is_that_of_the_current_network(lessons, sessions, client):
    assert lessons._fact("parameters") is None
    sessions.current_network.open("net.keras")
    client.answer(
        "open_network", {"network": 1, "steps": [0], "layers": [], "title": "net", "parameters": 7850, **NETWORK_KEYS}
    )
    assert lessons._fact("parameters") == 7850.0


def open_training(lessons, tmp_path, settings):
    """Open a lesson whose only scene trains a network."""
    path = tmp_path / "training.md"
    scene = f'## Run\n\n```scene\ntab = "training"\ntrain = {settings}\n```\n\nText.\n'
    path.write_text(f'+++\nformat = 1\ntitle = "Run"\n+++\n\n{scene}', encoding="utf-8")
    lessons.open(path)


def test_the_duration_of_a_run_is_estimated_from_the_number_of_images(lessons, sessions, client, tmp_path):
    open_training(lessons, tmp_path, '{ model = "cnn", epochs = 8 }')
    assert lessons.network_text() == "a convolutional network"
    client.answer("data_info")  # 250 images
    assert lessons.duration() == pytest.approx(4.0 + 8 * 250 / 4000)
    sessions.training.images_per_second = 1000.0  # as the run is measured
    assert lessons.duration() == pytest.approx(4.0 + 8 * 250 / 1000)


def test_a_network_of_the_lecturer_is_described_by_its_layers(lessons, tmp_path):
    dense = '{ kind = "Dense", units = 64, activation = "relu" }'
    open_training(lessons, tmp_path, f'{{ model = "own", layers = [{{ kind = "Flatten" }}, {dense}] }}')
    assert lessons.network_text() == "a network of 2 layers"


def test_the_window_is_saved_as_a_lesson_and_a_second_scene_appended(lessons, sessions, client, tmp_path):
    show(sessions.autodiff, client, "sin(2*x)")
    sessions.autodiff.stepper.set_step(2)
    sessions.autodiff.select_node("Sin")
    target = tmp_path / "mine.md"
    lessons.save_scene(target, "sin(2*x)", "autodiff", ("plot",))
    assert lessons.emitted[-1] == ("messageReported", f"Saved: {target}, scene 1")
    sessions.autodiff.set_depth("full")
    lessons.save_scene(target, "sin(2*x)", "autodiff", ("plot",))
    assert lessons.emitted[-1] == ("messageReported", f"Saved: {target}, scene 2")
    first, second = load_lesson(target).scenes
    view = first.view_keys
    assert {key: view[key] for key in ("tab", "expression", "at", "step", "select")} == {
        "tab": "autodiff", "expression": "sin(2*x)", "at": {"x": 0.5}, "step": 2, "select": "Sin",
    }  # fmt: skip
    assert view["panels"] == ("plot",)
    assert "depth" not in view, "a default is not written"
    assert second.view_keys["depth"] == "full"


@pytest.mark.parametrize(("choice", "written"), [(1, 1), ("[1,2,3]", "[1,2,3]"), ("sum", None)])
def test_the_chosen_output_is_saved(lessons, sessions, client, tmp_path, choice, written):
    sessions.autodiff.begin("x^2", {"x": [1.0, 2.0, 3.0]}, output=parse_output(choice))
    client.answer("trace", trace_reply("x^2"))
    lessons.save_scene(tmp_path / "mine.md", "x^2", "autodiff", ("plot",))
    assert load_lesson(tmp_path / "mine.md").scenes[0].view_keys.get("output") == written


def test_a_file_that_is_no_lesson_is_not_overwritten(lessons, tmp_path):
    target = tmp_path / "notes.md"
    target.write_text("# Notes", encoding="utf-8")
    lessons.save_scene(target, "Title", "data", ())
    (name, message), *_ = lessons.emitted
    assert (name, message[:54]) == ("messageReported", "Not saved: notes.md exists and is not a lesson: A less")
    assert target.read_text(encoding="utf-8") == "# Notes"
    lessons.save_scene(tmp_path / "nowhere" / "mine.md", "Title", "data", ())
    assert lessons.emitted[-1][1].startswith("Not saved: ")


def test_what_another_tab_shows(lessons, sessions, client):
    sessions.data.open("sample")
    client.answer_all()
    sessions.data.show("validation", 3, 2)
    assert lessons.shown("data", ()) == {"tab": "data", "part": "validation", "digit": 3, "image": 2}
    sessions.training.start({"model": "mlp", "epochs": 5}, "sample")
    sessions.current_network.set_step(10)
    assert lessons.shown("weights", ()) == {
        "tab": "weights", "train": {"model": "mlp", "epochs": 5}, "layer": 0, "moment": 10,
    }  # fmt: skip


def test_the_image_and_the_unit_of_the_activations_are_saved(lessons, sessions):
    sessions.activations.show_sample("train", 5)
    sessions.activations.select(1, (2, 3))
    shown = lessons.shown("activations", ())
    assert (shown["tab"], shown["image"], shown["unit"]) == ("activations", 5, (1, 2, 3))
