"""Reading Excel workbooks that people send: values of cells, row by row, with row numbers as Excel shows them."""

import io
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import python_calamine as calamine
from django.utils.translation import gettext as _

Cells = Sequence[Any]  # str, float, int, bool, date, datetime, time, timedelta; "" for an empty cell.
MOST_BYTES = 30 * 1024 * 1024
MOST_UNPACKED = 600 * 1024 * 1024  # A sheet of 100,000 rows unpacks to about 100 MB.
MOST_ROWS = 300_000
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ENCRYPTED = "EncryptedPackage".encode("utf-16-le")


class CannotRead(ValueError):
    """The file is no workbook that can be read; the message says so in one sentence and what to do."""


@dataclass(frozen=True)
class SheetRows:
    """One sheet: its name, whether it is shown in Excel, how many rows it has, and its rows."""

    name: str
    visible: bool
    height: int
    _sheet: Any

    def rows(self) -> Iterator[tuple[int, Cells]]:
        """Row numbers from 1 and cells; made anew on each call, read lazily."""
        return enumerate(self._sheet.iter_rows(), 1)

    def head(self, count: int) -> list[Cells]:
        """The first rows, for finding the header."""
        return [cells for _number, cells in islice(self.rows(), count)]


def open_workbook(source: Path | bytes) -> list[SheetRows]:
    """The sheets of an .xlsx, .xlsm, .xlsb, .xls or .ods file.

    Raises `CannotRead` for a file that is too large, empty, encrypted, damaged, or not a workbook at all.
    """
    content = source if isinstance(source, bytes) else _content(source)
    _refuse_hopeless(content)
    try:
        book = calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
        shown = {meta.name: meta.visible == calamine.SheetVisibleEnum.Visible for meta in book.sheets_metadata}
        sheets = [_sheet(book, meta.name, shown[meta.name]) for meta in book.sheets_metadata if _is_table(meta)]
    except calamine.PasswordError as fault:
        raise CannotRead(_encrypted()) from fault
    except Exception as fault:  # The reader is a foreign library: whatever it says, the person gets one sentence.
        raise CannotRead(_damaged()) from fault
    if not any(sheet.height for sheet in sheets):
        raise CannotRead(_("The workbook is empty: no cell is filled in."))
    if any(sheet.height > MOST_ROWS for sheet in sheets):
        raise CannotRead(
            _("A sheet has more than %(rows)s rows: please split it into several files.") % {"rows": f"{MOST_ROWS:,}"}
        )
    return sheets


def _content(path: Path) -> bytes:
    try:
        if path.stat().st_size > MOST_BYTES:
            raise CannotRead(_too_large())
        return path.read_bytes()
    except OSError as fault:
        raise CannotRead(_("The file cannot be opened: please check its name and place.")) from fault


def _refuse_hopeless(content: bytes) -> None:
    if not content:
        raise CannotRead(_("The file is empty: please save the workbook again and send it once more."))
    if len(content) > MOST_BYTES:
        raise CannotRead(_too_large())
    if content.startswith(b"PK\x03\x04"):
        _refuse_bomb(content)
    elif content.startswith(OLE):
        if ENCRYPTED in content:
            raise CannotRead(_encrypted())
    else:
        raise CannotRead(
            _("This is not an Excel workbook: please open it in Excel or WPS and save it as an .xlsx workbook.")
        )


def _refuse_bomb(content: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as parts:
            unpacked = sum(part.file_size for part in parts.infolist())
            if any(part.flag_bits & 0x1 for part in parts.infolist()):
                raise CannotRead(_encrypted())
    except (zipfile.BadZipFile, NotImplementedError) as fault:
        raise CannotRead(_damaged()) from fault
    if unpacked > MOST_UNPACKED:
        raise CannotRead(_too_large())


def _is_table(meta: Any) -> bool:
    return bool(meta.typ == calamine.SheetTypeEnum.WorkSheet)


def _sheet(book: Any, name: str, visible: bool) -> SheetRows:
    sheet = book.get_sheet_by_name(name)
    return SheetRows(name, visible, sheet.end[0] + 1 if sheet.end else 0, sheet)


def _encrypted() -> str:
    return _("The workbook is protected by a password: please remove the password in Excel and send it again.")


def _damaged() -> str:
    return _("The workbook cannot be read: please open it in Excel or WPS, save it as .xlsx and send it again.")


def _too_large() -> str:
    return _("The file is larger than %(size)s MB: please split it into several files.") % {
        "size": MOST_BYTES // (1024 * 1024)
    }
