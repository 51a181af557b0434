"""The command ``train``: trains a network on MNIST without a window. No Qt."""

import argparse
import contextlib
import json
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from explorer.commands.arguments import CommandError
from explorer.commands.output_file import output_path, writing
from explorer.commands.quiet_stderr import quiet_stderr
from explorer.core.data.dataset import DataError, Dataset
from explorer.core.data.sources import SOURCES, MissingDataError, Source, load_data
from explorer.core.training.callback import Progress, TrainingCallback
from explorer.core.training.settings import run_settings

BAR_WIDTH = 30
"""Width of the progress bar in characters."""


def run(options: argparse.Namespace) -> int:
    """Train, print the results, save the network, and return the exit status. Raises UserError."""
    target = None if options.out is None else _checked_target(options.out)
    try:
        data = _open_data(options.data)
    except KeyboardInterrupt:
        print("Nothing was downloaded, and nothing was trained.", file=sys.stderr)
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
        with quiet_stderr():
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
    with _interruptible() as interrupts:
        bar.interrupts = interrupts
        trainer.train(settings["epochs"])
    if options.json:
        print(json.dumps(_summary(trainer, settings, data)), flush=True)
    else:
        for number, epoch in enumerate(trainer.epochs, 1):
            print(
                f"epoch {number}: loss {epoch.loss:.4f}, accuracy {epoch.accuracy:.4f}, validation loss "
                f"{epoch.val_loss:.4f}, accuracy {epoch.val_accuracy:.4f} ({epoch.images_per_second:,.0f} images/s)"
            )
    if target is not None:  # after the results are printed, so that a full disk does not lose them
        with writing(options.out):
            save_network(trainer.model, target, trainer.loop.optimizer)
        print(f"saved: {target}", file=sys.stderr)
    return 130 if trainer.stopped else 0


def _checked_target(name: str) -> Path:
    """Return the path of the file to save. Raises CommandError where it cannot be written."""
    target = output_path(name, (".keras",))
    if target.is_dir():
        raise CommandError(f"{name} is a folder, so no file can have this name.")
    if not os.access(target.parent, os.W_OK):
        raise CommandError(f"{name} cannot be written: the folder {target.parent} is read-only.")
    return target


def _open_data(name: str) -> Dataset:
    """Return the data set, downloaded if ``name`` asks for it.

    Raises
    ------
    DataError : where it cannot be had. Other images than those that were asked for are never used.
    """
    if not name.strip():
        raise DataError(f"--data needs a name: auto, sample, {', '.join(SOURCES)}, or a FILE.npz.")
    try:
        return load_data(name)
    except MissingDataError as error:
        source = error.source
    try:
        _download(source)
    except DataError as error:
        raise DataError(
            f"{error} Nothing was trained; “--data sample” trains on the digits of this program."
        ) from error
    return load_data(source.key)


def _download(source: Source) -> None:
    """Download into Keras's cache, with progress on standard error. Raises DataError and KeyboardInterrupt."""
    from explorer.engine.data.download import CancelledError, Download

    is_terminal = sys.stderr.isatty()
    print(f"{source.title} is downloaded once; Keras keeps it.", file=sys.stderr)
    last_tenths = -1

    def show_progress(done: int, total: int) -> None:
        nonlocal last_tenths
        tenths = 10 * done // total
        if is_terminal or tenths != last_tenths:
            last_tenths = tenths
            line = f"{source.title} {_bar(done, total)} {done / 1e6:.1f} of {total / 1e6:.1f} MB"
            end = "" if is_terminal and done < total else "\n"
            print(f"\r{line}" if is_terminal else line, end=end, file=sys.stderr, flush=True)

    download = Download(source, show_progress)
    interrupts: list[bool] = []

    def interrupt(*_: object) -> None:
        interrupts.append(True)
        download.cancel()
        raise KeyboardInterrupt  # a read that waits for the network would not notice the cancellation

    previous = signal.signal(signal.SIGINT, interrupt)
    try:
        download.run()
    except (DataError, CancelledError):
        if interrupts:  # an error that the interruption caused in a library is not a network error
            raise KeyboardInterrupt from None
        raise
    finally:
        signal.signal(signal.SIGINT, previous)
        if is_terminal and last_tenths < 10:
            print(file=sys.stderr)


def _bar(done: int, total: int) -> str:
    filled = round(BAR_WIDTH * done / max(total, 1))
    return f"[{'#' * filled}{'.' * (BAR_WIDTH - filled)}]"


@contextlib.contextmanager
def _interruptible() -> Iterator[list[bool]]:
    """Let Ctrl-C end the run after the current chunk, so that the result can be saved. Yields the interrupts so far."""
    interrupts: list[bool] = []
    previous = signal.signal(signal.SIGINT, lambda *_: interrupts.append(True))
    try:
        yield interrupts
    finally:
        signal.signal(signal.SIGINT, previous)


class _ProgressBar(TrainingCallback):
    """A progress bar on standard error: redrawn on a terminal, otherwise one line per epoch."""

    def __init__(self, epochs: int) -> None:
        self.steps = 1
        self.interrupts: list[bool] = []
        self._epochs = epochs
        self._is_terminal = sys.stderr.isatty()

    def on_chunk_begin(self, count: int) -> int:
        return 0 if self.interrupts else count

    def on_chunk_end(self, progress: Progress) -> None:
        epoch_ends = progress.step >= self.steps
        line = (
            f"epoch {progress.epoch + 1}/{self._epochs} {_bar(progress.step, self.steps)} "
            f"loss {progress.loss:.4f} accuracy {progress.accuracy:.4f}"
        )
        if self._is_terminal:
            print(f"\r{line}", end="\n" if epoch_ends else "", file=sys.stderr, flush=True)
        elif epoch_ends:
            print(line, file=sys.stderr, flush=True)


def _summary(trainer: Any, settings: dict[str, Any], data: Dataset) -> dict[str, Any]:
    return {
        "model": settings["model"],
        "data": data.name,
        "train_images": len(data.x_train),
        "validation_images": len(data.x_validation),
        "parameters": trainer.parameters,
        "compile_seconds": trainer.compile_seconds,
        "epochs": [dict(epoch.to_dict()) for epoch in trainer.epochs],
    }
