"""The product's own files, as the tests of its shape read them."""

import ast
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).resolve().parent.parent.parent
PACKAGES = ("carehelp", "members", "visits")
EDGES = ("views", "api", "forms", "tables", "filters", "templatetags")


def python_files() -> Iterator[Path]:
    for package in PACKAGES:
        yield from sorted((HERE / package).rglob("*.py"))


def edge_files() -> Iterator[Path]:
    """Views, forms and the like: `views/people.py`, `forms.py`, `import_forms.py` …"""
    for path in python_files():
        rooms = {*path.parent.parts, path.stem, path.stem.rpartition("_")[2]}
        if rooms & set(EDGES):
            yield path


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def templates() -> Iterator[Path]:
    yield from sorted((HERE / "templates").rglob("*.html"))


def short(path: Path) -> str:
    return str(path.relative_to(HERE))
