"""Checks the file of a network before Keras opens it, so that no file runs code or fills the memory."""

import contextlib
import json
import stat
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from explorer.core.errors import ErrorCode, UserError

MEMBERS = ("metadata.json", "config.json", "model.weights.h5")
"""Members of the archive that must be there."""

HDF5_SUFFIXES = (".h5", ".hdf5")
"""Ends of the names of files in Keras's older format."""

NETWORK_SUFFIXES = (".keras", *HDF5_SUFFIXES)
"""Ends of the names of files that can be opened."""

MAX_FILE_BYTES = 1_000_000_000
"""Maximum size of the unpacked file."""

MAX_CONFIG_BYTES = 10_000_000
"""Maximum size of the description of the layers."""

MAX_LAYER_SIZE = 1_000_000
"""Maximum number of units, filters or rows of a layer."""

CODE_LAYERS = frozenset({"Lambda", "__lambda__"})
"""Layers that run code from the file."""

EXTERNAL_LAYERS = frozenset({"TFSMLayer", "TorchModuleWrapper", "JaxLayer", "FlaxLayer", "TFLayer"})
"""Layers that load something else than the file."""

SAVE_AGAIN = "save the whole model again, with model.save(“model.keras”)"
"""What to do with a file that does not have a whole model."""


class KerasFileError(UserError):
    """A file that cannot be used as a network."""

    code = ErrorCode.FILE_UNUSABLE


@dataclass(frozen=True)
class _Part:
    """A dict in a configuration, and the layer around it. layer: in words, "" for none."""

    values: Mapping[str, Any]
    layer: str


def is_hdf5_name(name: str) -> bool:
    """Whether a file's name is that of a file in Keras's older format."""
    return name.lower().endswith(HDF5_SUFFIXES)


@contextlib.contextmanager
def reading(path: Path, kind: str) -> Iterator[None]:
    """Turn whatever the bytes of a file cause into KerasFileError. kind: what it is read as, as in "a .keras file"."""
    _check_regular_file(path)
    try:
        yield
    except KerasFileError:
        raise
    except RecursionError:
        raise KerasFileError(f"{path.name} is nested too deeply to be a network.") from None
    # zipfile, zlib, h5py and json raise many kinds of errors for a damaged file; to the user all mean the same.
    except Exception as error:
        raise KerasFileError(f"{path.name} {_why_unreadable(path, kind)}.") from error


def _why_unreadable(path: Path, kind: str) -> str:
    with path.open("rb") as file:
        start = file.read(8)
    for magic, is_hdf5 in ((b"\x89HDF", True), (b"PK\x03\x04", False)):
        if start.startswith(magic) and is_hdf5 != is_hdf5_name(path.name):
            other = path.with_suffix(".h5" if is_hdf5 else ".keras").name
            found = "is a file in Keras's older format, HDF5" if is_hdf5 else "is a .zip file, as a .keras file is"
            return f"{found}: rename it to {other}, and open that file"
    return f"cannot be read as {kind}: it is damaged or something else. If you have the model, {SAVE_AGAIN}"


def _check_regular_file(path: Path) -> None:
    """Raise KerasFileError unless a path is that of a file; reading a pipe could block forever."""
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        raise KerasFileError(f"{path} does not exist.") from None
    except (OSError, ValueError):
        raise KerasFileError(f"{path} cannot be opened.") from None
    if stat.S_ISDIR(mode) and (path / "saved_model.pb").exists():
        raise KerasFileError(
            f"{path.name} is a folder with a SavedModel, which has TensorFlow's functions but not Keras's layers: "
            f"{SAVE_AGAIN}, and open that file."
        )
    if stat.S_ISDIR(mode):
        raise KerasFileError(f"{path} is a folder and not a file: a file in Keras's format ends in .keras.")
    if not stat.S_ISREG(mode):
        raise KerasFileError(f"{path} is not a file.")


def check_keras_file(path: Path) -> None:
    """Check that a file is a ``.keras`` file without code.

    Raises
    ------
    KerasFileError : if it is not.
    """
    with reading(path, "a .keras file"):
        with zipfile.ZipFile(path) as archive:
            _check_members(path.name, archive)
            config = json.loads(archive.read("config.json"))
        if isinstance(config, dict):  # the loss is read by itself, and the rest of how it was compiled is not loaded
            config = {key: value for key, value in config.items() if key != "compile_config"}
        check_config(path.name, config)


def _check_members(name: str, archive: zipfile.ZipFile) -> None:
    sizes = {entry.filename: entry.file_size for entry in archive.infolist()}
    missing = [member for member in MEMBERS if member not in sizes]
    if missing:
        raise KerasFileError(f"{name} is no .keras file: it lacks {', '.join(missing)}.")
    if sum(sizes.values()) > MAX_FILE_BYTES:
        raise KerasFileError(f"{name} would need more than the {MAX_FILE_BYTES / 1e9:g} GB that a network may have.")
    if sizes["config.json"] > MAX_CONFIG_BYTES:
        raise KerasFileError(f"{name} describes its layers in {sizes['config.json']:,} bytes, which is too much.")


def check_config(name: str, config: Any) -> None:
    """Check the description of a network's layers in the file ``name``; raises KerasFileError that names the layer."""
    for part in _parts(config):
        values = part.values
        kind, module, registered = (values.get(key) for key in ("class_name", "module", "registered_name"))
        if kind in CODE_LAYERS or _is_lambda(values):
            raise KerasFileError(
                f"{name} is not opened, because {part.layer or 'it'} holds code of its own"
                f"{'' if kind == 'Lambda' else ' (a lambda)'}, which is not run. Use a layer of Keras instead, such as "
                "Rescaling, and save the model again."
            )
        if kind in EXTERNAL_LAYERS:
            raise KerasFileError(
                f"{name} is not opened, because {part.layer or kind} loads something from outside the file. Build the "
                "model of layers of Keras, and save it again."
            )
        package = _foreign_package(kind, module, registered)
        if package is not None:
            what = str(values.get("config") if kind == "function" else kind).rpartition(">")[2][:60]
            subject = part.layer if f"({what})" in part.layer else f"{what}{part.layer and ' in '}{part.layer}"
            raise KerasFileError(
                f"{name} is not opened, because {subject} is not part of Keras"
                f"{f', but of {package}' if package else ''}, and no code is loaded. Use layers of Keras instead, and "
                "save the model again."
            )
        for key in ("units", "filters", "input_dim", "output_dim"):
            if isinstance(values.get(key), int) and values[key] > MAX_LAYER_SIZE:
                raise KerasFileError(
                    f"{name} is not opened, because {part.layer or 'a layer'} asks for {values[key]:,} {key}; up to "
                    f"{MAX_LAYER_SIZE:,} are allowed."
                )


def _is_lambda(values: Mapping[str, Any]) -> bool:
    """Whether a dict is what Keras saves of a lambda that serves as an activation: its code, and nothing else."""
    code = values.get("value")
    return len(values) == 1 and isinstance(code, list) and bool(code) and isinstance(code[0], str)


def _foreign_package(kind: Any, module: Any, registered: Any) -> str | None:
    """Return the package of an object that is not Keras's, "" if it is not known; None for Keras's own."""
    if module is not None and not (isinstance(module, str) and module.split(".")[0] == "keras"):
        package = str(module)
        return "" if package in ("builtins", "__main__") else package[:60]
    if module is None and isinstance(registered, str):
        return registered.rpartition(">")[0][:60]
    if isinstance(kind, str) and ">" in kind:  # in the older format
        return kind.partition(">")[0][:60]
    return None


def _parts(config: Any) -> Iterator[_Part]:
    """Yield each dict in a configuration; a stack instead of recursion, because it may be nested deeply."""
    stack: list[tuple[Any, str]] = [(config, "")]
    while stack:
        part, layer = stack.pop()
        if isinstance(part, dict):
            layer = _layer_text(part, "its model" if part is config else "its layer") or layer
            yield _Part(part, layer)
            stack.extend((value, layer) for value in part.values())
        elif isinstance(part, list):
            stack.extend((value, layer) for value in part)


def _layer_text(part: Mapping[str, Any], title: str) -> str:
    """Return the name and the class of the layer that a dict describes, "" if it describes something else."""
    kind, inner = part.get("class_name"), part.get("config")
    if not isinstance(kind, str) or not isinstance(inner, dict) or kind == "DTypePolicy":
        return ""
    name = inner.get("name")
    if not isinstance(name, str):
        return ""
    return f"{title} “{name[:40]}” ({kind[:40].rpartition('>')[2]})"
