"""Downloads of MNIST by the real engine from a local server."""

import importlib.util
import io
import sys
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QObject, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QHBoxLayout, QWidget

from explorer.core.protocol.autodiff import TRACE
from explorer.session.data.session import DataSession
from explorer.session.engine_client.client import EngineClient
from explorer.session.models.current_network import CurrentNetworkSession
from explorer.session.training.session import TrainingSession
from explorer.views.data.tab import DataTab
from explorer.views.theme.theme import load_theme
from explorer.views.training.run_form import RunForm

SPEC = importlib.util.spec_from_file_location("file_server", Path(__file__).parents[2] / "file_server.py")
file_server = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(file_server)

ENGINE = (
    "import sys\n"
    "from explorer.core.data import sources as d\n"
    "address, digest, size = sys.argv[1:]\n"
    "file = d.RemoteFile('mnist.npz', digest, int(size))\n"
    "d.SOURCES['mnist'] = d.Source('mnist', 'MNIST', 'datasets', (file,), base_url=address)\n"
    "from explorer.engine.__main__ import main\n"
    "main()\n"
)
"""The real engine with another address and checksum of MNIST."""


def content():
    out = io.BytesIO()
    x = np.random.default_rng(5).integers(0, 256, (120, 28, 28)).astype(np.uint8)
    y = (np.arange(120) % 10).astype(np.uint8)
    np.savez(out, x_train=x[:100], y_train=y[:100], x_test=x[100:], y_test=y[100:])
    return out.getvalue()


@pytest.fixture(scope="module")
def setting(qapp, tmp_path_factory):
    """One engine for all tests, since starting TensorFlow takes seconds."""
    patch = pytest.MonkeyPatch()
    home = tmp_path_factory.mktemp("keras")
    patch.setenv("KERAS_HOME", str(home))
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        patch.delenv(name, raising=False)
    server = file_server.FileServer({"mnist.npz": content()})
    file = server.source().files[0]
    client = EngineClient([sys.executable, "-c", ENGINE, server.address, file.digest, str(file.size)])
    client.start()
    yield client, server, home
    client.stop()
    server.close()
    patch.undo()


class Screen:
    """The tab Data and the form of Training with one session."""

    def __init__(self, setting):
        self.client, self.server, self.home = setting
        self.wait = None
        self.data = DataSession(self.client)
        self.root = QWidget()
        row = QHBoxLayout(self.root)
        self.tab = DataTab(self.data, CurrentNetworkSession(self.client))
        self.form = RunForm(self.data, TrainingSession(self.client))
        self.tab.setTheme(load_theme("dark"))
        row.addWidget(self.tab)
        row.addWidget(self.form)
        self.root.resize(1400, 700)
        self.root.show()

    def until(self, condition):
        self.wait(condition)

    def find(self, name):
        return self.root.findChild(QObject, name)

    def choose(self, key):
        combo = self.find("dataCombo")
        combo.setCurrentIndex(combo.findData(key))

    def parts(self):
        return [path for path in (self.home / "datasets").rglob("*") if path.is_file()]


@pytest.fixture(scope="module")
def _screen(setting):
    made = Screen(setting)
    yield made
    made.root.close()


@pytest.fixture
def screen(_screen, qtbot):
    """A screen with an empty Keras cache that uses the sample."""
    server, data = _screen.server, _screen.data
    _screen.wait = qtbot.waitUntil
    data.download.cancel()
    server.reset()
    for path in _screen.home.rglob("*.npz"):
        path.unlink()
    for source in ("sample", "auto"):
        data.open(source)
        _screen.until(lambda source=source: data.info is not None and data.source == source)
    return _screen


def test_nothing_is_downloaded_without_a_request(screen):
    assert screen.data.name == "MNIST sample (10,000)"
    assert screen.server.requested == []
    assert not screen.find("dataBar").isVisible()


def test_a_download_shows_its_progress_and_is_used_when_complete(screen):
    screen.server.behaviour = "slow"
    screen.choose("mnist")
    screen.until(lambda: screen.data.download.bytes_done == file_server.SLOW_PREFIX_BYTES)
    for prefix in ("data", "trainingData"):
        assert screen.find(f"{prefix}Bar").isVisible()
        assert screen.find(f"{prefix}Bar").value() == file_server.SLOW_PREFIX_BYTES
        assert screen.find(f"{prefix}Progress").text() == "MNIST: 0.0 of 0.1 MB"
    assert screen.find("dataSourceCombo").currentData() == "mnist"
    # Meanwhile the data in use stays and can be browsed, and expressions are answered.
    assert screen.find("dataTitle").text() == "MNIST sample (10,000)"
    assert screen.data.source_for_training == "auto"
    QTest.mouseClick(screen.find("pageOnButton"), Qt.MouseButton.LeftButton)
    screen.until(lambda: screen.data.page["start"] == 96)
    replies = []
    screen.client.request(TRACE, {"text": "sin(2*x)", "point": {}, "dtype": "float32"}, replies.append)
    screen.until(lambda: bool(replies))
    assert "trace" in replies[0]
    assert screen.data.download.is_running
    screen.server.resume()
    screen.until(lambda: screen.data.source == "mnist")
    assert screen.find("dataTitle").text() == "MNIST (120)"
    assert screen.find("trainingDataSplit").text() == "MNIST (120): 100 to train, 20 to validate"
    assert not screen.find("dataBar").isVisible()
    assert screen.data.source_for_training == "mnist"
    assert [path.name for path in screen.parts()] == ["mnist.npz"]


def test_a_cancelled_download_leaves_no_file_and_the_data_in_use(screen):
    screen.server.behaviour = "slow"
    screen.choose("mnist")
    screen.until(lambda: screen.data.download.bytes_done == file_server.SLOW_PREFIX_BYTES)
    QTest.mouseClick(screen.find("trainingDataCancelButton"), Qt.MouseButton.LeftButton)
    screen.until(lambda: not screen.parts())
    assert not screen.data.download.is_running
    assert screen.find("dataCombo").currentData() == "auto"
    assert screen.find("dataTitle").text() == "MNIST sample (10,000)"
    assert screen.find("dataError").text() == ""
    screen.server.behaviour = "good"
    screen.choose("mnist")
    screen.until(lambda: screen.data.source == "mnist")


def test_another_choice_cancels_the_download(screen):
    screen.server.behaviour = "slow"
    screen.choose("mnist")
    screen.until(lambda: screen.data.download.bytes_done == file_server.SLOW_PREFIX_BYTES)
    screen.choose("sample")
    screen.until(lambda: screen.data.source == "sample" and not screen.parts())
    assert not screen.data.download.is_running


@pytest.mark.parametrize(("manner", "message"), [("cut", "ended early"), ("missing", "answered 404")])
def test_a_failed_download_is_reported_and_the_data_in_use_stays(screen, manner, message):
    screen.server.behaviour = manner
    screen.choose("mnist")
    screen.until(lambda: message in screen.find("dataError").text())
    assert screen.find("dataError").text().endswith("MNIST sample (10,000) is used instead.")
    assert screen.find("trainingDataError").text() == screen.find("dataError").text()
    assert screen.find("dataCombo").currentData() == "auto"
    assert screen.find("dataTitle").text() == "MNIST sample (10,000)"
    assert screen.parts() == []


def test_the_end_of_the_engine_ends_its_download(screen):
    screen.server.behaviour = "slow"
    screen.choose("mnist")
    screen.until(lambda: screen.data.download.bytes_done == file_server.SLOW_PREFIX_BYTES)
    import psutil

    psutil.Process(screen.client.pid).kill()
    screen.until(lambda: not screen.data.download.is_running)
    assert "ended while it fetched MNIST" in screen.find("dataError").text()
    screen.until(lambda: screen.client.state == "ready")
    screen.data.turn_pages(1)
    screen.until(lambda: screen.data.page["start"] == 96)
