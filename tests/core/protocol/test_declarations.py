"""The declarations of requests: complete, consistent, and shown in CONTRIBUTING.md as they are."""

from pathlib import Path
from typing import Any, Literal, NotRequired, TypedDict, is_typeddict

import numpy as np
import pytest

from explorer.core.errors import ErrorCode, ExpressionError, UserError
from explorer.core.protocol.conformance import mismatches
from explorer.core.protocol.events import ERRORS, EVENTS
from explorer.core.protocol.request_kind import COMMON_ERRORS, Message, Reply, RequestEnvelope, Worker, wire_user_error
from explorer.core.protocol.requests import REQUESTS
from explorer.core.protocol.requests_table import table

KINDS = pytest.mark.parametrize("kind", REQUESTS.values(), ids=REQUESTS)
CONTRIBUTING = Path(__file__).parents[3] / "CONTRIBUTING.md"


def test_the_table_in_contributing_is_current() -> None:
    assert table() in CONTRIBUTING.read_text(encoding="utf-8"), "run python -m explorer.core.protocol.requests_table"


@KINDS
def test_payload_and_reply_are_typed_and_do_not_use_the_keys_of_the_envelope(kind: Any) -> None:
    assert is_typeddict(kind.payload)
    assert is_typeddict(kind.reply)
    assert Reply.__optional_keys__ <= kind.reply.__optional_keys__
    assert not set(RequestEnvelope.__annotations__) & set(kind.payload.__annotations__)
    assert not set(kind.errors) & set(COMMON_ERRORS)


@KINDS
def test_only_requests_of_one_worker_share_a_lane(kind: Any) -> None:
    same_lane = [other for other in REQUESTS.values() if kind.lane is not None and other.lane == kind.lane]
    assert {other.worker for other in same_lane} <= {kind.worker}


def test_each_worker_has_requests_and_each_code_is_used() -> None:
    assert {kind.worker for kind in REQUESTS.values()} == set(Worker)
    used = {code for kind in REQUESTS.values() for code in kind.errors}
    of_events = {code for codes in ERRORS.values() for code in codes}
    assert used | set(COMMON_ERRORS) | of_events | {ErrorCode.UNKNOWN_REQUEST} == set(ErrorCode)


def test_the_events_with_codes_are_those_that_report_failures() -> None:
    assert {name for name, event in EVENTS.items() if "code" in event.__annotations__} == set(ERRORS)
    assert {name for name, event in EVENTS.items() if "message" in event.__annotations__} == set(ERRORS)


def test_errors_travel_with_code_and_column() -> None:
    assert wire_user_error(ExpressionError("A parenthesis is missing.", 3)) == {
        "message": "A parenthesis is missing.",
        "column": 3,
        "code": "invalid_input",
    }
    assert wire_user_error(UserError("It is closed.", ErrorCode.GRAPH_CLOSED)) == {
        "message": "It is closed.",
        "column": None,
        "code": "graph_closed",
    }


class Inner(TypedDict):
    size: int


class Outer(TypedDict):
    name: str
    state: Literal["on", "off"]
    parts: list[Inner]
    share: float | None
    pair: NotRequired[tuple[Any, float]]


def message(**changes: Any) -> Message:
    return {"name": "a", "state": "on", "parts": [{"size": 1}], "share": None, **changes}


@pytest.mark.parametrize(
    "value",
    [message(), message(share=1), message(pair=[np.zeros(3), 0.5]), message(parts=[])],
)
def test_conforming_messages_have_no_mismatches(value: Message) -> None:
    assert mismatches(Outer, value) == []


@pytest.mark.parametrize(
    ("value", "found"),
    [
        (message(name=3), [".name: int instead of str"]),
        (message(state="half"), [".state: 'half' is none of ('on', 'off')"]),
        (message(parts=[{"size": 1}, {}]), [".parts[1].size is missing"]),
        (message(parts=[{"size": True}]), [".parts[0].size: bool instead of int"]),
        (message(parts=[{"size": 1, "more": 2}]), [".parts[0].more is not declared"]),
        (message(parts="abc"), [".parts: str instead of a list"]),
        (message(pair=[0]), [".pair: 1 values instead of 2"]),
        ({"name": "a"}, [".parts is missing", ".share is missing", ".state is missing"]),
        (3, [": int instead of Outer"]),
    ],
)
def test_mismatches_are_found(value: Any, found: list[str]) -> None:
    assert mismatches(Outer, value) == found
