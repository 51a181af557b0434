"""The marks of lessons: new, partly done, done; and the lesson that follows."""

import pytest

from explorer.core.lessons.lesson import Exercise, Lesson, Scene
from explorer.core.practice.judging import RIGHT, WRONG
from explorer.session.lessons.progress import DONE, NEW, PARTLY, LessonProgress
from explorer.session.lessons.session import LessonSession
from explorer.session.practice.prediction import SHOWN
from explorer.session.settings_store import SettingsStore
from tests.session.expression_traces import trace_reply

ASKS = Exercise("gradient", "x")


def make_lesson(*exercises):
    return Lesson("Title", tuple(Scene("Scene", "Text.", exercise=exercise) for exercise in exercises), "key")


def test_a_lesson_without_exercises_is_done_at_its_last_scene():
    progress, lesson = LessonProgress(SettingsStore(None)), make_lesson(None, None, None)
    assert progress.mark("key") == NEW
    progress.record_scene(lesson, 1)
    assert progress.mark("key") == PARTLY
    progress.record_scene(lesson, 2)
    progress.record_scene(lesson, 0)
    assert (progress.mark("key"), progress.scene("key")) == (DONE, 0)


@pytest.mark.parametrize("order", ["answer first", "end first"])
def test_exercises_must_be_answered(order):
    progress, lesson = LessonProgress(SettingsStore(None)), make_lesson(ASKS, None, ASKS)
    progress.record_scene(lesson, 0)
    if order == "answer first":
        assert progress.record_answer(lesson, 0)
        assert not progress.record_answer(lesson, 0)
    progress.record_scene(lesson, 2)
    assert progress.mark("key") == PARTLY
    assert progress.open_exercises("key") == (1 if order == "answer first" else 2)
    progress.record_answer(lesson, 0)
    progress.record_answer(lesson, 2)
    assert (progress.mark("key"), progress.open_exercises("key")) == (DONE, 0)


@pytest.mark.parametrize("saved", [{}, {"key": 3}, {"key": {"end": 1, "answered": "x", "open": "y"}}, {"key": []}])
def test_marks_that_make_no_sense_are_ignored(saved):
    store = SettingsStore(None)
    store.set("lesson_marks", saved)
    progress = LessonProgress(store)
    assert progress.mark("key") == NEW
    progress.record_scene(make_lesson(None), 0)
    assert progress.mark("key") == DONE


@pytest.fixture
def lessons(sessions):
    return LessonSession(sessions)


def test_a_verdict_in_a_lesson_is_recorded(lessons, sessions, client):
    lessons.open_key("03-derivative-of-2x")
    changes = []
    lessons.progressChanged.connect(lambda: changes.append(lessons.mark("03-derivative-of-2x")))
    lessons.go(3)
    sessions.prediction.answered.emit(WRONG)
    lessons.go(len(lessons.lesson.scenes) - 1)
    assert changes == [PARTLY, PARTLY]
    assert lessons.open_exercises("03-derivative-of-2x") == 1
    sessions.prediction.answered.emit(RIGHT)  # this scene asks nothing
    lessons.go(3)
    sessions.prediction.answered.emit(SHOWN)
    assert changes[-1] == DONE


def test_the_exercise_of_a_step_is_answered_with_its_last_number(lessons, sessions, client, tmp_path):
    path = tmp_path / "next.md"
    path.write_text(
        '+++\nformat = 1\ntitle = "T"\n+++\n\n## A\n\n```scene\nexpression = "sin(2*x)"\nat = { x = 0.5 }\nstep = 1\n'
        '```\n\nText.\n\n```exercise\nasks = "next"\n```\n',
        encoding="utf-8",
    )
    lessons.open(path)
    key = lessons.lesson.key
    client.answer("trace", trace_reply("sin(2*x)"))
    assert sessions.prediction.question
    assert lessons.mark(key) == PARTLY
    while sessions.prediction.question:
        sessions.prediction.reveal()
    assert lessons.mark(key) == DONE
    lessons.open(path)
    assert lessons.mark(key) == DONE


def test_a_lesson_ends_with_the_next_one(lessons):
    lessons.open_key("03-derivative-of-2x")
    assert lessons.next_lesson is None
    lessons.go(99)
    assert lessons.next_lesson.key == "04-sine"
    lessons.open_next_lesson()
    assert (lessons.lesson.key, lessons.scene) == ("04-sine", 0)
    lessons.open_key(lessons.shelf[-1].key)
    lessons.go(99)
    assert lessons.next_lesson is None
    lessons.open_next_lesson()
    assert lessons.lesson.key == lessons.shelf[-1].key


def test_a_lesson_of_ones_own_is_followed_by_the_next_in_its_folder(lessons, tmp_path):
    scene = '\n## A\n\n```scene\nexpression = "x"\n```\n\nText.\n'
    for name in ("b", "a", "d"):
        text = f'+++\nformat = 1\ntitle = "Lesson {name}"\n+++\n{scene}'
        (tmp_path / f"{name}.md").write_text(text, encoding="utf-8")
    (tmp_path / "c.md").write_text("# Notes", encoding="utf-8")
    lessons.open(tmp_path / "a.md")
    titles = []
    while (entry := lessons.next_lesson) is not None:
        titles.append(entry.title)
        lessons.open_next_lesson()
    assert titles == ["Lesson b", "Lesson d"]


def test_a_file_of_the_program_is_the_lesson_of_that_name(lessons):
    lessons.open(lessons.shelf[2].path)
    assert lessons.lesson.key == lessons.shelf[2].key


def test_a_lesson_that_is_done_begins_at_its_first_scene(lessons, sessions, tmp_path):
    lessons.open_key("03-derivative-of-2x")
    lessons.go(3)
    sessions.prediction.answered.emit(SHOWN)
    lessons.go(99)
    lessons.close()
    lessons.open_key("03-derivative-of-2x")
    assert (lessons.scene, lessons.mark("03-derivative-of-2x")) == (0, DONE)
