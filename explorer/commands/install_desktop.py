"""The option ``--install-desktop``: a menu entry, an icon and a file type for lessons on Linux desktops."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from xml.sax.saxutils import escape

from explorer.commands.arguments import CommandError
from explorer.core.atomic_write import atomic_write
from explorer.core.resources import resource_path

NAME = "autodiff-explorer"

LESSON_TYPE = "text/x-autodiff-lesson"
"""MIME type of lessons, which are Markdown. Only ``*.lesson.md`` gets it, so other Markdown keeps its programs."""

ENTRY = """[Desktop Entry]
Type=Application
Name=Autodiff Explorer
Comment=Watch TensorFlow differentiate, step by step
Exec={command} %f
Icon={name}
Terminal=false
Categories=Education;Math;Science;
Keywords=derivative;gradient;backpropagation;TensorFlow;
MimeType={lesson};text/markdown;
StartupWMClass={name}
"""

TYPE = """<?xml version="1.0" encoding="UTF-8"?>
<mime-info xmlns="http://www.freedesktop.org/standards/shared-mime-info">
  <mime-type type="{lesson}">
    <comment>{comment}</comment>
    <sub-class-of type="text/markdown"/>
    <icon name="{name}"/>
    <glob pattern="*.lesson.md"/>
  </mime-type>
</mime-info>
"""


def install_desktop() -> list[Path]:
    """Write the files into the user's data folder ($XDG_DATA_HOME) and return their paths. Raises CommandError."""
    if not sys.platform.startswith("linux"):
        raise CommandError("Menu entries exist on Linux desktops only; make a shortcut to autodiff-explorer instead.")
    data = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local/share")
    fields = {"command": command(), "name": NAME, "lesson": LESSON_TYPE, "comment": escape("Autodiff Explorer lesson")}
    files = {
        data / f"applications/{NAME}.desktop": ENTRY.format(**fields),
        data / f"icons/hicolor/scalable/apps/{NAME}.svg": resource_path(f"icons/{NAME}.svg").read_text(
            encoding="utf-8"
        ),
        data / f"mime/packages/{NAME}.xml": TYPE.format(**fields),
    }
    try:
        for path, text in files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            with atomic_write(path) as part:
                part.write_text(text, encoding="utf-8")
    except OSError as error:
        raise CommandError(f"{error.filename or data} cannot be written: {error.strerror or error}.") from error
    # A desktop without these tools finds the files when it next scans the folders.
    for tool, folder in (("update-mime-database", data / "mime"), ("update-desktop-database", data / "applications")):
        if (found := shutil.which(tool)) is not None:
            subprocess.run([found, str(folder)], capture_output=True, check=False, timeout=60)
    return list(files)


def command() -> str:
    """Return the command that starts this installation, quoted for a desktop entry."""
    script = Path(sys.executable).with_name(NAME)
    words = [str(script)] if script.is_file() else [sys.executable, "-m", "explorer"]
    return " ".join(_quoted(word) for word in words)


def _quoted(word: str) -> str:
    for character in '\\"`$':
        word = word.replace(character, "\\" + character)
    # In a string value backslashes are escaped once more, and % starts a field code.
    return '"' + word.replace("\\", "\\\\").replace("%", "%%") + '"'
