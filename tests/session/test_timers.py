"""A timer that runs once fires once for each series of starts, and not before it is started."""

from PySide6.QtCore import QObject

from explorer.session.timers import single_shot_timer


def test_it_fires_once_after_the_last_start(qtbot):
    fired, parent = [], QObject()
    timer = single_shot_timer(parent, lambda: fired.append(True), 1)
    assert not timer.isActive()
    with qtbot.waitSignal(timer.timeout):
        timer.start()
        timer.start()
    assert fired == [True]
    assert not timer.isActive()
