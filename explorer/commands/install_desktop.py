"""A place for the program in a Linux desktop's menu: an entry, an icon, and the type of its lesson files."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from xml.sax.saxutils import escape

from explorer.commands.arguments import CommandError
from explorer.core.atomic_write import written_whole
from explorer.core.resources import resource

NAME = "autodiff-explorer"

LESSON_TYPE = "text/x-autodiff-lesson"
"""A lesson is Markdown with a head of its own; only files called ``….lesson.md`` are taken from other programs."""

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
    """Write the files into the user's data folder ($XDG_DATA_HOME) and return their paths; raises CommandError."""
    if not sys.platform.startswith("linux"):
        raise CommandError("Only Linux desktops have such entries; here a shortcut to autodiff-explorer does it.")
    data = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local/share")
    told = {"command": command(), "name": NAME, "lesson": LESSON_TYPE, "comment": escape("Autodiff Explorer lesson")}
    files = {
        data / f"applications/{NAME}.desktop": ENTRY.format(**told),
        data / f"icons/hicolor/scalable/apps/{NAME}.svg": resource(f"icons/{NAME}.svg").read_text(encoding="utf-8"),
        data / f"mime/packages/{NAME}.xml": TYPE.format(**told),
    }
    try:
        for path, text in files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            with written_whole(path) as part:
                part.write_text(text, encoding="utf-8")
    except OSError as error:
        raise CommandError(f"{error.filename or data} cannot be written: {error.strerror or error}.") from error
    # Desktops without these find the files when they next look for themselves.
    for tool, folder in (("update-mime-database", data / "mime"), ("update-desktop-database", data / "applications")):
        if (found := shutil.which(tool)) is not None:
            subprocess.run([found, str(folder)], capture_output=True, check=False, timeout=60)
    return list(files)


def command() -> str:
    """Return how this very installation is started, quoted as a desktop entry wants it."""
    script = Path(sys.executable).with_name(NAME)
    words = [str(script)] if script.is_file() else [sys.executable, "-m", "explorer"]
    return " ".join(_quoted(word) for word in words)


def _quoted(word: str) -> str:
    for sign in '\\"`$':
        word = word.replace(sign, "\\" + sign)
    # What is written in a file's string has its backslashes doubled once more; % begins a field code.
    return '"' + word.replace("\\", "\\\\").replace("%", "%%") + '"'
