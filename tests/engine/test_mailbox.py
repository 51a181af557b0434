"""Requests that wait for a worker: of those that compete only the newest is answered."""

from explorer.engine.mailbox import Mailbox


def test_the_newest_of_a_lane_wins_and_other_lanes_of_its_kind_stay():
    told = []
    box = Mailbox(told.append)
    for number, lane in enumerate(("simplify x", "simplify y", None, "simplify x", None)):
        box.put({"id": number, "kind": "simplify", "lane": lane})
    assert told == [{"id": 0, "kind": "simplify", "superseded": True}]
    assert [box.take()["id"] for _ in range(4)] == [1, 2, 3, 4]
    box.close()
    assert box.take() is None
