"""The command ``train``: trains a network on MNIST without a window. No Qt."""

import argparse
import contextlib
import json
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from explorer.commands.quiet import quiet_standard_error
from explorer.core.data.dataset import DataError, Dataset, sample
from explorer.core.data.sources import MissingDataError, Source, open_data
from explorer.core.training.callback import Progress, TrainingCallback
from explorer.core.training.settings import run_settings

BAR = 30
"""Signs of the progress bar."""


def run(options: argparse.Namespace) -> int:
    """Run the command; returns the exit status. Raises DataError and `engine.trainer.TrainingError`."""
    target = Path(options.out) if options.out else None
    if target is not None and (target.suffix != ".keras" or not target.parent.is_dir()):
        raise DataError(f"{target}: the name must end in .keras, in a folder that exists.")
    try:
        data = _data(options.data)
    except KeyboardInterrupt:
        print("Nothing was downloaded, and nothing trained.", file=sys.stderr)
        return 130
    if data.note:
        print(data.note, file=sys.stderr)
    given = {
        "model": options.model, "epochs": options.epochs, "batch_size": options.batch_size,
        "optimizer": options.optimizer, "learning_rate": options.learning_rate, "seed": options.seed,
    }  # fmt: skip
    settings = run_settings(**{key: value for key, value in given.items() if value is not None})
    print(
        f"{data.name}: {len(data.x_train):,} images to train, {len(data.x_validation):,} to validate", file=sys.stderr
    )
    try:
        with quiet_standard_error():
            from explorer.engine.models.keras_file import save_network
            from explorer.engine.tf_adapter.parallelism import configure_threads
            from explorer.engine.training.trainer import Trainer

            configure_threads()
            bar = _ProgressBar(settings["epochs"])
            trainer = Trainer(settings, data, bar)
    except KeyboardInterrupt:
        print("Nothing was trained.", file=sys.stderr)
        return 130
    bar.steps = trainer.loop.steps
    with _interruptible() as interrupted:
        bar.interrupted = interrupted
        trainer.train(settings["epochs"])
    if options.json:
        print(json.dumps(_told(trainer, settings, data)), flush=True)
    else:
        for number, epoch in enumerate(trainer.epochs, 1):
            print(
                f"epoch {number}: loss {epoch.loss:.4f}, accuracy {epoch.accuracy:.4f}, validation loss "
                f"{epoch.val_loss:.4f}, accuracy {epoch.val_accuracy:.4f} ({epoch.images_per_second:,.0f} images/s)"
            )
    if target is not None:  # the results are told by now: a full disk does not take them too
        save_network(trainer.model, target, trainer.loop.optimizer)
        print(f"saved: {target}", file=sys.stderr)
    return 130 if trainer.stopped else 0


def _data(name: str) -> Dataset:
    """Return the data, downloaded where the user named it; without a network that is the sample."""
    try:
        return open_data(name)
    except MissingDataError as error:
        source = error.source
    try:
        _download(source)
        return open_data(source.key)
    except DataError as error:
        print(f"{error} The sample is used instead.", file=sys.stderr)
        return sample()


def _download(source: Source) -> None:
    """Fetch it into Keras's cache, with progress on standard error. Raises DataError; KeyboardInterrupt ends it."""
    from explorer.engine.data.download import CancelledError, Download

    live = sys.stderr.isatty()
    print(f"{source.title} is downloaded once and kept by Keras", file=sys.stderr)
    told = -1

    def tell(done: int, total: int) -> None:
        nonlocal told
        tenths = 10 * done // total
        if live or tenths != told:
            told = tenths
            bar = _bar(done, total)
            line = f"{source.title} {bar} {done / 1e6:.1f} of {total / 1e6:.1f} MB"
            print(f"\r{line}" if live else line, end="" if live and done < total else "\n", file=sys.stderr, flush=True)

    download = Download(source, tell)
    interrupted: list[bool] = []

    def stop(*_: object) -> None:
        interrupted.append(True)
        download.cancel()
        raise KeyboardInterrupt  # a silent network would not let it hear the wish

    before = signal.signal(signal.SIGINT, stop)
    try:
        download.run()
    except (DataError, CancelledError):
        if interrupted:  # what came of the interruption, somewhere in a library, is not a network that fails
            raise KeyboardInterrupt from None
        raise
    finally:
        signal.signal(signal.SIGINT, before)
        if live and told < 10:
            print(file=sys.stderr)


def _bar(done: int, whole: int) -> str:
    signs = round(BAR * done / max(whole, 1))
    return f"[{'#' * signs}{'.' * (BAR - signs)}]"


@contextlib.contextmanager
def _interruptible() -> Iterator[list[bool]]:
    """Let Ctrl-C end the run after the chunk that is under way, so that what was learned can be saved."""
    interrupted: list[bool] = []
    before = signal.signal(signal.SIGINT, lambda *_: interrupted.append(True))
    try:
        yield interrupted
    finally:
        signal.signal(signal.SIGINT, before)


class _ProgressBar(TrainingCallback):
    """A progress bar on standard error, redrawn where that is a terminal, else one line for each epoch."""

    def __init__(self, epochs: int) -> None:
        self.steps = 1
        self.interrupted: list[bool] = []
        self._epochs = epochs
        self._live = sys.stderr.isatty()

    def pace(self, count: int) -> int:
        return 0 if self.interrupted else count

    def progressed(self, progress: Progress) -> None:
        whole = progress.step >= self.steps
        bar = _bar(progress.step, self.steps)
        line = f"epoch {progress.epoch + 1}/{self._epochs} {bar} loss {progress.loss:.4f}"
        line = f"{line} accuracy {progress.accuracy:.4f}"
        if self._live:
            print(f"\r{line}", end="\n" if whole else "", file=sys.stderr, flush=True)
        elif whole:
            print(line, file=sys.stderr, flush=True)


def _told(trainer: Any, settings: dict[str, Any], data: Dataset) -> dict[str, Any]:
    return {
        "model": settings["model"],
        "data": data.name,
        "train_images": len(data.x_train),
        "validation_images": len(data.x_validation),
        "parameters": trainer.parameters,
        "compile_seconds": trainer.compile_seconds,
        "epochs": [dict(epoch.to_wire()) for epoch in trainer.epochs],
    }
