"""The program killed in the middle of an epoch, as by a crash or a power cut, and started again."""

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

def tell(**what):
    print(json.dumps({"state": training.state, "sentence": training.message, **what}), flush=True)
"""

KILLED = """
training.start({"model": "mlp", "dropout": 0.2, "epochs": 900, "xla": "no"}, "sample")
training.epochFinished.connect(lambda number: number == 1 and tell(engine=window.sessions.client.pid))
app.exec()
"""

LATER = """
done = len(training.epochs)
tab = window.tab("training")
shown = {"curves": tab.accuracy.property("shownCurves"), "step": tab.property("step"), "form": tab.form.settings()}
tell(epochs=training.epochs, **shown)

def told(number):
    if number == done:
        tell(epochs=training.epochs)
        window.close()

training.epochFinished.connect(told)
training.resume()
app.exec()
"""

NEVER_KILLED = """
training.start({"model": "mlp", "dropout": 0.2, "epochs": int(sys.argv[2]), "xla": "no"}, "sample")
training.stateChanged.connect(lambda state: state == "finished" and (tell(epochs=training.epochs), window.close()))
app.exec()
"""


def start(script, *arguments):
    path = {} if os.environ.get("REQUIRE_INSTALLED") else {"PYTHONPATH": str(ROOT)}
    environment = {**os.environ, **path, "QT_QPA_PLATFORM": "offscreen"}
    command = [sys.executable, "-c", WINDOW + script, *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)


def is_gone(number):
    return not psutil.pid_exists(number) or psutil.Process(number).status() == psutil.STATUS_ZOMBIE


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_a_window_killed_in_an_epoch_leaves_no_engine_and_its_run_goes_on(tmp_path, qtbot):
    settings = tmp_path / "settings" / "settings.json"
    window = start(KILLED, settings)
    engine = json.loads(window.stdout.readline())["engine"]
    window.kill()
    window.communicate()
    qtbot.waitUntil(lambda: is_gone(engine), timeout=60_000)
    later = start(LATER, settings)
    out, _ = later.communicate(timeout=300)
    assert later.returncode == 0
    before, after = map(json.loads, out.splitlines())
    done = len(before["epochs"])
    assert done >= 2
    assert before["state"] == "stopped"
    assert f"was interrupted after epoch {done} of 900. “Go on” continues it." in before["sentence"]
    assert before["curves"] == {"val_accuracy": done}
    assert before["step"] == done * 266
    form = before["form"]
    assert (form["model"], form["dropout"], form["epochs"], form["xla"]) == ("mlp", 0.2, 900, "auto")
    losses = [epoch["val_loss"] for epoch in after["epochs"]]
    assert len(losses) == done + 1
    # The oracle: the same run, never killed.
    out, _ = start(NEVER_KILLED, tmp_path / "other" / "settings.json", done + 1).communicate(timeout=300)
    assert [epoch["val_loss"] for epoch in json.loads(out.splitlines()[-1])["epochs"]] == losses
