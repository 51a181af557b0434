"""Location of the files that are not code."""

from functools import cache
from pathlib import Path


@cache
def resource_path(name: str) -> Path:
    """Return the path of ``resources/<name>``, which lies inside the package in a wheel and beside it in a checkout.

    Raises FileNotFoundError that names both places if the file is in neither.
    """
    package = Path(__file__).resolve().parent.parent
    places = [package / "resources" / name, package.parent / "resources" / name]
    for place in places:
        if place.exists():
            return place
    raise FileNotFoundError(f"{name} is missing: looked in {places[0]} and {places[1]}")
