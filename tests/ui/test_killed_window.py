"""The program is killed in the middle of an epoch, as by a crash or a power cut, and started again."""

import json
import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

ROOT = Path(__file__).resolve().parents[2]

WINDOW = """
import json, sys
from pathlib import Path
from explorer.app import application, create_main_window
from explorer.session.settings_store import SettingsStore

app = application()
window = create_main_window(SettingsStore(Path(sys.argv[1])), restore=True)
window.show()
training = window.sessions.training

def report(**values):
    print(json.dumps({"state": training.state, "message": training.message, **values}), flush=True)
"""

TRAIN_UNTIL_KILLED = """
training.start({"model": "mlp", "dropout": 0.2, "epochs": 900, "xla": "no"}, "sample")
training.epochFinished.connect(lambda number: number == 1 and report(engine=window.sessions.client.pid))
app.exec()
"""

RESUME_FOR_ONE_EPOCH = """
done = len(training.epochs)
tab = window.tab("training")
shown = {"curves": tab.accuracy.property("shownCurves"), "step": tab.property("step"), "form": tab.form.settings()}
report(epochs=training.epochs, **shown)

def report_next_epoch(number):
    if number == done:
        report(epochs=training.epochs)
        window.close()

training.epochFinished.connect(report_next_epoch)
training.resume()
app.exec()
"""

TRAIN_WITHOUT_INTERRUPTION = """
training.start({"model": "mlp", "dropout": 0.2, "epochs": int(sys.argv[2]), "xla": "no"}, "sample")
training.stateChanged.connect(lambda state: state == "finished" and (report(epochs=training.epochs), window.close()))
app.exec()
"""


def start(script, *arguments):
    path = {} if os.environ.get("REQUIRE_INSTALLED") else {"PYTHONPATH": str(ROOT)}
    environment = {**os.environ, **path, "QT_QPA_PLATFORM": "offscreen"}
    command = [sys.executable, "-c", WINDOW + script, *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)


def has_ended(pid):
    return not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_after_the_window_is_killed_its_engine_ends_and_the_run_can_be_resumed(tmp_path, qtbot):
    settings = tmp_path / "settings" / "settings.json"
    window = start(TRAIN_UNTIL_KILLED, settings)
    engine = json.loads(window.stdout.readline())["engine"]
    window.kill()
    window.communicate()
    qtbot.waitUntil(lambda: has_ended(engine))
    second = start(RESUME_FOR_ONE_EPOCH, settings)
    out, _ = second.communicate(timeout=300)
    assert second.returncode == 0
    before, after = map(json.loads, out.splitlines())
    done = len(before["epochs"])
    assert done >= 2
    assert before["state"] == "stopped"
    assert f"was interrupted after epoch {done} of 900. “Go on” continues it." in before["message"]
    # The engine has kept what was trained until it noticed that its window was gone.
    assert before["curves"]["val_accuracy"] == done
    assert before["curves"]["accuracy"] >= 8 * done
    assert done * 266 <= before["step"] < (done + 1) * 266
    form = before["form"]
    assert (form["model"], form["dropout"], form["epochs"], form["xla"]) == ("mlp", 0.2, 900, "auto")
    losses = [epoch["val_loss"] for epoch in after["epochs"]]
    assert len(losses) == done + 1
    # Oracle: the same run without interruption.
    out, _ = start(TRAIN_WITHOUT_INTERRUPTION, tmp_path / "other" / "settings.json", done + 1).communicate(timeout=300)
    assert [epoch["val_loss"] for epoch in json.loads(out.splitlines()[-1])["epochs"]] == losses
