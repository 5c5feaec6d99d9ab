"""Uploaded workbooks while their import lasts: sealed on disk, gone when it has ended."""

from pathlib import Path
from uuid import UUID

from django.utils.translation import gettext as _

from carehelp.jobs.work import uploads
from carehelp.lib import crypto
from carehelp.lib.sheets import CannotRead

PLACE = {"table": "members_rosterimport", "field": "file"}


def keep(import_id: UUID, content: bytes) -> None:
    """Write the file sealed; a reader never sees half of it."""
    path = _path(import_id)
    half = path.with_suffix(".half")
    half.write_bytes(crypto.seal_bytes(content, pk=import_id, **PLACE))
    half.replace(path)


def fetch(import_id: UUID) -> bytes:
    """The workbook as it was sent; raises `CannotRead` when it is no longer there."""
    try:
        return crypto.unseal_bytes(_path(import_id).read_bytes(), pk=import_id, **PLACE)
    except FileNotFoundError as fault:
        raise CannotRead(_("The uploaded file is no longer kept: please upload it again.")) from fault


def drop(import_id: UUID) -> None:
    """Remove the file; nothing happens when it is gone already."""
    _path(import_id).unlink(missing_ok=True)


def drop_all_but(kept: set[UUID]) -> int:
    """Remove files of which no import is under way (left by a process that died); gives how many."""
    strays = [path for path in uploads().glob("roster-*.sealed") if _id(path) not in kept]
    for path in strays:
        path.unlink(missing_ok=True)
    return len(strays)


def _path(import_id: UUID) -> Path:
    return uploads() / f"roster-{import_id}.sealed"


def _id(path: Path) -> UUID | None:
    try:
        return UUID(path.stem.removeprefix("roster-"))
    except ValueError:
        return None
