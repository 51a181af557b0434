"""Where the files lie that are not code."""

from functools import cache
from pathlib import Path


@cache
def resource_path(name: str) -> Path:
    """Return the path of ``resources/<name>``, in a checkout and in an installed wheel alike.

    In a wheel the folder lies inside the package, in a checkout beside it.
    Raises FileNotFoundError with both places in its text if the file is in neither.
    """
    package = Path(__file__).resolve().parent.parent
    places = [package / "resources" / name, package.parent / "resources" / name]
    for place in places:
        if place.exists():
            return place
    raise FileNotFoundError(f"{name} is missing: looked in {places[0]} and {places[1]}")
