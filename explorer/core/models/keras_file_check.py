"""What a ``.keras`` file may hold: looked at before Keras opens it, so that no file runs code or fills the memory."""

import json
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from explorer.core.errors import ErrorCode, UserError

MEMBERS = ("metadata.json", "config.json", "model.weights.h5")

MAX_FILE = 1_000_000_000
"""Bytes that a file may have, unpacked."""

MAX_CONFIG = 10_000_000

MAX_SIZE = 1_000_000
"""No layer may have more units, filters or rows than this."""

CODE = frozenset({"Lambda", "__lambda__"})
OUTSIDE = frozenset({"TFSMLayer", "TorchModuleWrapper", "JaxLayer", "FlaxLayer", "TFLayer"})
"""Layers that load something from outside the file."""


class KerasFileError(UserError):
    """A file that cannot be used as a network."""

    code = ErrorCode.FILE_UNUSABLE


def check_network_file(path: Path) -> None:
    """Look whether a file is a ``.keras`` file without code in it; raises NetworkFileError with a sentence."""
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
    # zipfile, zlib and json raise many kinds for a damaged file; each means the same to the user.
    except Exception as error:
        raise KerasFileError(
            f"{path.name} cannot be read as a .keras file: it is damaged or something else."
        ) from error


def _check_members(name: str, archive: zipfile.ZipFile) -> None:
    sizes = {entry.filename: entry.file_size for entry in archive.infolist()}
    missing = [member for member in MEMBERS if member not in sizes]
    if missing:
        raise KerasFileError(f"{name} is no .keras file: it lacks {', '.join(missing)}.")
    if sum(sizes.values()) > MAX_FILE:
        raise KerasFileError(f"{name} would need more than the {MAX_FILE / 1e9:g} GB that a network may have.")
    if sizes["config.json"] > MAX_CONFIG:
        raise KerasFileError(f"{name} describes its layers in {sizes['config.json']:,} bytes, which is too much.")


def _check_config(name: str, config: Any) -> None:
    if isinstance(config, dict):  # how it was trained, such as a loss of one's own, is not read from the file
        config = {key: value for key, value in config.items() if key != "compile_config"}
    for part in _parts(config):
        kind, module = part.get("class_name"), part.get("module")
        if kind in CODE:
            raise KerasFileError(f"{name} holds code of its own (a {str(kind).strip('_')} layer), so it is not opened.")
        if kind in OUTSIDE:
            raise KerasFileError(f"{name} wants to load something from outside itself ({kind}), so it is not opened.")
        if module is not None and not (isinstance(module, str) and module.split(".")[0] == "keras"):
            raise KerasFileError(f"{name} needs {kind} from {module}, which is not part of Keras, so it is not opened.")
        for key in ("units", "filters", "input_dim", "output_dim"):
            if isinstance(part.get(key), int) and part[key] > MAX_SIZE:
                raise KerasFileError(f"{name} asks for {part[key]:,} {key}; up to {MAX_SIZE:,} are allowed.")


def _parts(config: Any) -> Iterator[Mapping[str, Any]]:
    """Yield every map within a description."""
    waiting = [config]
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict):
            yield part
            waiting.extend(part.values())
        elif isinstance(part, list):
            waiting.extend(part)
