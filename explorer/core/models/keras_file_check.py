"""Checks a ``.keras`` file before Keras opens it, so that no file runs code or fills the memory."""

import json
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from explorer.core.errors import ErrorCode, UserError

MEMBERS = ("metadata.json", "config.json", "model.weights.h5")
"""Members of the archive that must be there."""

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


class KerasFileError(UserError):
    """A file that cannot be used as a network."""

    code = ErrorCode.FILE_UNUSABLE


def check_keras_file(path: Path) -> None:
    """Check that a file is a ``.keras`` file without code.

    Raises
    ------
    KerasFileError : if it is not.
    """
    try:
        if not path.is_file():
            raise KerasFileError(f"{path} is not a file." if path.exists() else f"{path} does not exist.")
        with zipfile.ZipFile(path) as archive:
            _check_members(path.name, archive)
            config = json.loads(archive.read("config.json"))
        _check_config(path.name, config)
    except KerasFileError:
        raise
    except RecursionError:
        raise KerasFileError(f"{path.name} is nested too deeply to be a network.") from None
    # zipfile, zlib and json raise many kinds of errors for a damaged file; to the user all mean the same.
    except Exception as error:
        raise KerasFileError(
            f"{path.name} cannot be read as a .keras file: it is damaged or something else."
        ) from error


def _check_members(name: str, archive: zipfile.ZipFile) -> None:
    sizes = {entry.filename: entry.file_size for entry in archive.infolist()}
    missing = [member for member in MEMBERS if member not in sizes]
    if missing:
        raise KerasFileError(f"{name} is no .keras file: it lacks {', '.join(missing)}.")
    if sum(sizes.values()) > MAX_FILE_BYTES:
        raise KerasFileError(f"{name} would need more than the {MAX_FILE_BYTES / 1e9:g} GB that a network may have.")
    if sizes["config.json"] > MAX_CONFIG_BYTES:
        raise KerasFileError(f"{name} describes its layers in {sizes['config.json']:,} bytes, which is too much.")


def _check_config(name: str, config: Any) -> None:
    if isinstance(config, dict):  # how it was trained, perhaps with a custom loss, is not loaded
        config = {key: value for key, value in config.items() if key != "compile_config"}
    for part in _dicts(config):
        kind, module = part.get("class_name"), part.get("module")
        if kind in CODE_LAYERS:
            raise KerasFileError(f"{name} holds code of its own (a {str(kind).strip('_')} layer), so it is not opened.")
        if kind in EXTERNAL_LAYERS:
            raise KerasFileError(f"{name} wants to load something from outside itself ({kind}), so it is not opened.")
        if module is not None and not (isinstance(module, str) and module.split(".")[0] == "keras"):
            raise KerasFileError(f"{name} needs {kind} from {module}, which is not part of Keras, so it is not opened.")
        for key in ("units", "filters", "input_dim", "output_dim"):
            if isinstance(part.get(key), int) and part[key] > MAX_LAYER_SIZE:
                raise KerasFileError(f"{name} asks for {part[key]:,} {key}; up to {MAX_LAYER_SIZE:,} are allowed.")


def _dicts(config: Any) -> Iterator[Mapping[str, Any]]:
    """Yield each dict in a configuration; a stack instead of recursion, because it may be nested deeply."""
    stack = [config]
    while stack:
        part = stack.pop()
        if isinstance(part, dict):
            yield part
            stack.extend(part.values())
        elif isinstance(part, list):
            stack.extend(part)
