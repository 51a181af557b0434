"""Atomic downloads into Keras's cache, from a server on this machine."""

import gzip
import importlib.util
import inspect
import io
import os
import re
import socket
import struct
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

from explorer.core.data import sources as data_sources
from explorer.core.data.dataset import DataError, load_sample
from explorer.core.data.sources import SOURCES, MissingDataError, is_cached, keras_home, load_data
from explorer.core.errors import ErrorCode
from explorer.engine.data.download import CancelledError, Download
from explorer.engine.services.data import DataService

SERVER = importlib.util.spec_from_file_location("file_server", Path(__file__).parents[2] / "file_server.py")
file_server = importlib.util.module_from_spec(SERVER)
SERVER.loader.exec_module(file_server)


def small_mnist():
    random, out = np.random.default_rng(3), io.BytesIO()
    x = random.integers(0, 256, (120, 28, 28)).astype(np.uint8)
    y = (np.arange(120) % 10).astype(np.uint8)
    np.savez(out, x_train=x[:100], y_train=y[:100], x_test=x[100:], y_test=y[100:])
    return out.getvalue()


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path / "keras"


@pytest.fixture
def server(home, monkeypatch):
    made = file_server.FileServer({"mnist.npz": small_mnist()})
    monkeypatch.setitem(data_sources.SOURCES, "mnist", made.source())
    yield made
    made.close()


def stored_files(home):
    return [str(path.relative_to(home)) for path in home.rglob("*") if path.is_file()]


def test_addresses_and_checksums_equal_those_of_keras():
    from keras.datasets import fashion_mnist, mnist

    source = inspect.getsource(mnist.load_data)
    assert SOURCES["mnist"].base_url in source
    assert SOURCES["mnist"].files[0].digest in source
    source = inspect.getsource(fashion_mnist.load_data)
    assert SOURCES["fashion"].base_url in source
    assert sorted(re.findall(r'"(\S+\.gz)"', source)) == sorted(file.name for file in SOURCES["fashion"].files)
    assert len({file.digest for file in SOURCES["fashion"].files}) == 4


def test_the_cache_is_that_of_keras(tmp_path, monkeypatch):
    """Keras reads its environment when it is imported; in a process of its own, which imports that module twice."""
    environment = {"HOME": str(tmp_path), "PATH": "/usr/bin", "TF_CPP_MIN_LOG_LEVEL": "3"}
    script = (
        "import importlib, os; from keras.src.backend import config; print(config.keras_home()); "
        "os.environ['KERAS_HOME'] = '/somewhere/keras'; print(importlib.reload(config).keras_home())"
    )
    completed = subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True
    )
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("KERAS_HOME", raising=False)
    usual = keras_home()
    monkeypatch.setenv("KERAS_HOME", "/somewhere/keras")
    assert completed.stdout.splitlines()[-2:] == [str(usual), str(keras_home())]


def test_a_download_is_stored_in_keras_cache(server, home):
    assert load_data("auto").source == "sample"
    with pytest.raises(MissingDataError, match="not on this computer"):
        load_data("mnist")
    progress = []
    Download(SOURCES["mnist"], lambda done, total: progress.append((done, total))).run()
    assert stored_files(home) == ["datasets/mnist.npz"]
    assert (home / "datasets/mnist.npz").read_bytes() == server.files["mnist.npz"]
    assert progress[0] == (0, len(server.files["mnist.npz"]))
    assert progress[-1][0] == progress[-1][1]
    assert [done for done, _ in progress] == sorted(done for done, _ in progress)
    data = load_data("mnist")
    assert (data.name, data.source, len(data.x_train), len(data.x_validation)) == ("MNIST (120)", "mnist", 100, 20)
    np.testing.assert_array_equal(load_data("auto").x_train, data.x_train)
    Download(SOURCES["mnist"], lambda *_: None).run()
    assert server.requested == ["mnist.npz"]  # a file in Keras's cache is not downloaded again


def test_keras_own_loader_finds_the_file(server, home, monkeypatch):
    from keras.datasets import mnist
    from keras.src.utils import file_utils

    Download(SOURCES["mnist"], lambda *_: None).run()
    monkeypatch.setattr(file_utils.config, "keras_home", lambda: str(home))  # as the variable says, but read again
    monkeypatch.setattr(file_utils, "validate_file", lambda *_, **__: True)
    (x, y), _ = mnist.load_data()
    data = load_data("mnist")
    np.testing.assert_array_equal(x, data.x_train)
    np.testing.assert_array_equal(y, data.y_train)
    assert server.requested == ["mnist.npz"]


@pytest.mark.parametrize(
    ("behaviour", "message"),
    [("cut", "ended early, after"), ("missing", "127.0.0.1 answered 404"), ("endless", "More came")],
)
def test_an_incomplete_download_is_not_stored(server, home, behaviour, message):
    server.behaviour = behaviour
    with pytest.raises(DataError, match=message):
        Download(SOURCES["mnist"], lambda *_: None).run()
    assert stored_files(home) == []


def test_a_file_with_another_checksum_is_not_stored(server, home, monkeypatch):
    monkeypatch.setitem(data_sources.SOURCES, "mnist", server.source(digests={"mnist.npz": "0" * 64}))
    with pytest.raises(DataError, match="checksum differs"):
        Download(SOURCES["mnist"], lambda *_: None).run()
    assert stored_files(home) == []


def test_a_missing_network_raises_an_error(server, home):
    server.close()
    with pytest.raises(DataError, match=r"127.0.0.1 cannot be reached. Is there a network\?"):
        Download(SOURCES["mnist"], lambda *_: None).run()
    assert stored_files(home) == []


def test_an_unknown_host_raises_an_error(home, monkeypatch):
    def fail(*_args, **_options):
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", fail)
    with pytest.raises(DataError, match=r"storage\.googleapis\.com cannot be reached"):
        Download(SOURCES["fashion"], lambda *_: None).run()


def test_an_unwritable_folder_raises_an_error(server, home):
    home.write_bytes(b"a file where the folder should be")
    with pytest.raises(DataError, match="cannot be kept in"):
        Download(SOURCES["mnist"], lambda *_: None).run()


def test_a_partial_file_of_a_killed_program_is_removed(server, home):
    (home / "datasets").mkdir(parents=True)
    old, new, other = (home / "datasets" / name for name in (".mnist.npz.a.part", ".mnist.npz.b.part", ".x.part"))
    for path in (old, new, other):
        path.write_bytes(b"part")
    for path in (old, other):
        os.utime(path, (1, 1))
    Download(SOURCES["mnist"], lambda *_: None).run()
    assert sorted(stored_files(home)) == ["datasets/.mnist.npz.b.part", "datasets/.x.part", "datasets/mnist.npz"]


def test_four_files_are_one_download(home, monkeypatch):
    server = file_server.FileServer({f"{name}.gz": name.encode() * 50 for name in ("a", "b", "c", "d")})
    try:
        source = server.source("datasets/fashion-mnist", "fashion")
        progress = []
        Download(source, lambda done, total: progress.append((done, total))).run()
        assert is_cached(source)
        assert progress[-1] == (200, 200)
        (home / "datasets/fashion-mnist/c.gz").write_bytes(b"damaged")
        Download(source, lambda *_: None).run()
        assert server.requested == ["a.gz", "b.gz", "c.gz", "d.gz", "c.gz"]
    finally:
        server.close()


class EventLog:
    """Records the events of the service, and lets a test wait for one."""

    def __init__(self):
        self.events = []
        self._received = threading.Condition()

    def __call__(self, event):
        with self._received:
            self.events.append(event)
            self._received.notify_all()

    def wait(self, state, done=0):
        with self._received:
            assert self._received.wait_for(lambda: self._find(state, done) is not None, timeout=120)
            return self._find(state, done)

    def _find(self, state, done):
        return next((e for e in self.events if e["state"] == state and e.get("done", 0) >= done), None)


def test_the_service_reports_progress_and_the_end(server, home):
    service = DataService(events := EventLog())
    missing = service.info({"data": "mnist"})
    assert missing == {"missing": "mnist", "title": "MNIST", "bytes": len(server.files["mnist.npz"])}
    server.behaviour = "slow"
    service.fetch({"data": "mnist"})
    events.wait("running")
    assert service.info({"data": "sample"})["name"] == "MNIST sample (10,000)"  # other requests are answered meanwhile
    server.resume()
    assert events.wait("done")["data"] == "mnist"
    assert service.info({"data": "mnist"})["name"] == "MNIST (120)"


def test_a_cancelled_download_leaves_no_file(server, home):
    service = DataService(events := EventLog())
    server.behaviour = "slow"
    service.fetch({"data": "mnist"})
    events.wait("running", done=1)
    assert len(stored_files(home)) == 1
    service.cancel({})
    assert events.wait("cancelled")
    assert stored_files(home) == []
    workers = [thread for thread in threading.enumerate() if thread.name == "download mnist"]
    server.resume()
    for worker in workers:
        worker.join(10)
    assert stored_files(home) == []
    assert events.events[-1]["state"] == "cancelled"


def test_a_download_can_be_cancelled_between_blocks(server, home):
    download = Download(SOURCES["mnist"], lambda done, _total: download.cancel() if done else None)
    with pytest.raises(CancelledError):
        download.run()
    assert stored_files(home) == []


def test_a_failed_download_is_reported_and_the_data_stays(server, home):
    service = DataService(events := EventLog())
    service.info({"data": "sample"})
    server.behaviour = "cut"
    service.fetch({"data": "mnist"})
    failed = events.wait("failed")
    assert "ended early" in failed["message"]
    assert failed["code"] == ErrorCode.FILE_UNUSABLE
    np.testing.assert_array_equal(service.page({"data": "sample", "count": 3})["images"], load_sample().x_train[:3])


def test_a_damaged_copy_of_keras_gives_the_sample_with_a_note(home):
    (home / "datasets").mkdir(parents=True)
    (home / "datasets/mnist.npz").write_bytes(b"damaged")
    data = load_data("auto")
    assert data.source == "sample"
    assert "cannot be used, so this is the sample" in data.note
    with pytest.raises(DataError) as caught:  # requested by its name
        load_data("mnist")
    assert f"Keras's copy in {home / 'datasets'}: delete it there" in str(caught.value)


def test_data_of_a_deleted_file_stays_in_use(tmp_path):
    path = tmp_path / "mine.npz"
    path.write_bytes(small_mnist())
    service = DataService(EventLog())
    service.info({"data": str(path)})
    path.unlink()
    assert len(service.open(str(path)).x_train) == 100


def test_the_cache_is_in_the_home_folder_unless_that_is_unwritable(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    assert keras_home({}) == tmp_path / ".keras"
    monkeypatch.setenv("HOME", str(tmp_path / "nowhere"))
    assert keras_home({}) == Path("/tmp/.keras")


def test_fashion_mnist_equals_that_of_keras_own_loader(home, monkeypatch):
    """The four files have the right sizes and other images, as tests have no network."""
    folder = home / "datasets/fashion-mnist"
    folder.mkdir(parents=True)
    random = np.random.default_rng(2)
    tile = random.integers(0, 256, (100, 28, 28)).astype(np.uint8)
    for part, count in (("train", 60_000), ("t10k", 10_000)):
        images = np.tile(tile, (count // 100, 1, 1))
        labels = (np.arange(count) % 10).astype(np.uint8)
        for name, head, array in (
            (f"{part}-images-idx3-ubyte.gz", (2051, count, 28, 28), images),
            (f"{part}-labels-idx1-ubyte.gz", (2049, count), labels),
        ):
            content = struct.pack(f">{len(head)}I", *head) + array.tobytes()
            (folder / name).write_bytes(gzip.compress(content, compresslevel=1))
    data = load_data("fashion")
    assert (data.name, data.source, data.classes[9]) == ("Fashion-MNIST (70,000)", "fashion", "Ankle boot")
    assert (data.x_train.shape, data.x_validation.shape) == ((60_000, 28, 28), (10_000, 28, 28))
    # The oracle is Keras's own loader with the same cache.
    from keras.src.utils import file_utils

    monkeypatch.setattr(file_utils.config, "keras_home", lambda: str(home))
    from keras.datasets import fashion_mnist

    (x, y), (x_test, y_test) = fashion_mnist.load_data()
    ours = data.x_train, data.y_train, data.x_validation, data.y_validation
    for one, other in zip(ours, (x, y, x_test, y_test), strict=True):
        np.testing.assert_array_equal(one, other)
    assert DataService(EventLog()).info({"data": "fashion"})["classes"][0] == "T-shirt"
    (folder / "t10k-labels-idx1-ubyte.gz").write_bytes(b"damaged")
    with pytest.raises(DataError, match="t10k-labels"):
        load_data("fashion")


def test_unchanged_data_stays_the_same_object(tmp_path):
    """Its compiled functions can be reused; a changed file is read anew."""
    path, service = tmp_path / "mine.npz", DataService(EventLog())
    path.write_bytes(small_mnist())
    service.info({"data": str(path)})
    first = service.open(str(path))
    service.info({"data": str(path)})
    assert service.open(str(path)) is first
    x = first.x_train.copy()
    x[7, 3, 3] ^= 1
    np.savez(path, x_train=x, y_train=first.y_train, x_test=first.x_validation, y_test=first.y_validation)
    service.info({"data": str(path)})
    assert service.open(str(path)).x_train[7, 3, 3] == x[7, 3, 3]
