"""Reading back what was printed."""

import subprocess
from pathlib import Path
from typing import Any

import pikepdf
from python_calamine import CalamineWorkbook


def text(pdf: Path) -> str:
    """The words of a PDF in the order of the page, as somebody would read them."""
    return subprocess.run(["pdftotext", "-layout", pdf, "-"], check=True, capture_output=True).stdout.decode()


def pages(pdf: Path) -> list[str]:
    return text(pdf).removesuffix("\f").split("\f")


def sheets(workbook: Path) -> dict[str, list[list[Any]]]:
    book = CalamineWorkbook.from_path(str(workbook))
    return {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}


def keys_of(pdf: Path) -> set[str]:
    """Every key of every dictionary inside the file, however deep."""
    found: set[str] = set()
    with pikepdf.open(pdf) as opened:
        for thing in opened.objects:
            if isinstance(thing, pikepdf.Dictionary | pikepdf.Stream):
                found |= set(thing.keys())
                found |= {f"{key}={thing[key]}" for key in ("/S", "/Type") if key in thing}
    return found
