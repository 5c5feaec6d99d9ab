"""From HTML to PDF, in child processes with limits (`carehelp.lib.pdf_child` is the only importer of WeasyPrint).

A long table is cut into runs of rows, one for each processor, laid out side by side, and merged; then every page gets
its running head and its number from a second, cheap document laid over the first.  So time and memory grow with
the number of rows and not faster.
"""

import json
import os
import selectors
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import IO, Any

import pikepdf
import structlog
from django.utils.translation import gettext as _

log = structlog.get_logger(__name__)
CHILD = Path(__file__).with_name("pdf_child.py")
SMALLEST_RUN = 150  # Rows below which a second process costs more than it brings.
# Control characters have no place on paper, and marks that turn the writing direction can disguise a text.
UNPRINTABLE = dict.fromkeys(
    [*(c for c in range(32) if c not in (9, 10)), *range(127, 160), *range(0x202A, 0x202F), *range(0x2066, 0x206A)]
) | dict.fromkeys(range(0xD800, 0xE000), "\ufffd")


class PdfFailed(Exception):
    """The document could not be made; the message can be shown."""


class PdfTooLarge(PdfFailed):
    """The document would go beyond the limits of time or memory; the message says what to choose instead."""


@dataclass(frozen=True)
class Limits:
    """What one child process may use: megabytes of address space, processor seconds and waiting seconds a piece."""

    megabytes: int = 1024
    cpu_seconds: int = 25
    wall_seconds: int = 90
    pages: int = 3000


@dataclass(frozen=True)
class Document:
    """What is to be printed.  All strings are HTML made by autoescaping templates, `rows` the cells of each row.

    `head` holds the styles, `opening` and `closing` stand before and after the table, `columns` is its head that
    is repeated on every page, `stamp(page, pages)` what is laid over each page (styled by `stamp_head`).
    """

    title: str
    author: str
    made_at: datetime
    head: str
    opening: str
    stamp_head: str
    stamp: Callable[[int, int], str]
    columns: str = ""
    rows: Sequence[str] = field(default=())
    closing: str = ""


@dataclass(frozen=True)
class Printed:
    """Pages made, and the most megabytes that one child held."""

    pages: int
    peak_megabytes: int


Progress = Callable[[int, int], None]


def render(
    document: Document,
    output: Path,
    *,
    progress: Progress | None = None,
    limits: Limits = Limits(),  # noqa: B008 (frozen)
    processes: int | None = None,
) -> Printed:
    """Print `document` into the file `output`.

    `progress(rows done, rows)` is called in this thread; what it raises ends the children.  Raises
    `PdfTooLarge` and `PdfFailed`.
    """
    runs = _runs(len(document.rows), processes or len(os.sched_getaffinity(0)))
    with tempfile.TemporaryDirectory(prefix="carehelp-pdf-") as name, _children(len(runs), limits) as children:
        folder = Path(name)
        jobs = [_job(document, run, folder / str(number), runs) for number, run in enumerate(runs)]
        done = 0
        for event in _all_events(children, jobs, limits):
            done += event.get("rows", 0)
            if progress:
                progress(done, len(document.rows))
        parts = [part for number in range(len(runs)) for part in sorted((folder / str(number)).glob("*.pdf"))]
        return _bind(document, parts, output, children, folder, limits)


def printable(html: str) -> str:
    """The text without control characters and direction marks."""
    return html.translate(UNPRINTABLE)


def _runs(rows: int, processes: int) -> list[range]:
    count = max(1, min(processes, rows // SMALLEST_RUN))
    return [range(rows * part // count, rows * (part + 1) // count) for part in range(count)]


def _job(document: Document, run: range, folder: Path, runs: list[range]) -> dict[str, Any]:
    folder.mkdir()
    content = {
        "head": document.head,
        "opening": printable(document.opening) if run is runs[0] else "",
        "columns": document.columns,
        "rows": [printable(document.rows[index]) for index in run],
        "closing": printable(document.closing) if run is runs[-1] else "",
    }
    return _command("table", content, folder)


def _command(do: str, content: dict[str, Any], folder: Path) -> dict[str, Any]:
    job = folder / "job.json"
    job.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    return {"do": do, "job": str(job), "out": str(folder)}


def _bind(
    document: Document,
    parts: list[Path],
    output: Path,
    children: "list[_Child]",
    folder: Path,
    limits: Limits,
) -> Printed:
    with pikepdf.new() as bound:
        for part in parts:
            with pikepdf.open(part) as piece:
                bound.pages.extend(piece.pages)
        pages = len(bound.pages)
        if pages > limits.pages:
            raise PdfTooLarge(_too_large())
        over = folder / "stamp"
        over.mkdir()
        body = printable("".join(document.stamp(page, pages) for page in range(1, pages + 1)))
        for _event in children[0].ask(_command("whole", {"head": document.stamp_head, "body": body}, over), limits):
            pass
        with pikepdf.open(over / "00000.pdf") as stamps:
            if len(stamps.pages) != pages:
                raise PdfFailed(_failed())
            for page, stamp in zip(bound.pages, stamps.pages, strict=True):
                page.add_overlay(stamp, None)
        _describe(bound, document)
        bound.save(output, deterministic_id=True, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    return Printed(pages, max(child.peak for child in children))


def _describe(bound: pikepdf.Pdf, document: Document) -> None:
    moment = document.made_at
    bound.docinfo["/Title"] = printable(document.title)
    bound.docinfo["/Author"] = printable(document.author)
    bound.docinfo["/Creator"] = "carehelp"
    bound.docinfo["/CreationDate"] = pikepdf.models.metadata.encode_pdf_date(moment)
    with bound.open_metadata(set_pikepdf_as_editor=False) as metadata:
        metadata.load_from_docinfo(bound.docinfo, delete_missing=True)
    bound.Root.Lang = pikepdf.String("zh-CN")
    bound.Root.ViewerPreferences = pikepdf.Dictionary(DisplayDocTitle=True)


class _Child:
    """One child process and the conversation with it."""

    def __init__(self, limits: Limits) -> None:
        # No environment but the language of file names: no proxy, no key, no password reaches the renderer.
        self.process = subprocess.Popen(
            [sys.executable, "-I", str(CHILD), str(limits.megabytes)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={"LANG": "C.UTF-8"},
            cwd="/",
        )
        self.peak = 0
        self._unread = b""

    @property
    def stdin(self) -> IO[bytes]:
        assert self.process.stdin  # noqa: S101 (a pipe, as asked for above)
        return self.process.stdin

    @property
    def stdout(self) -> IO[bytes]:
        assert self.process.stdout  # noqa: S101 (a pipe, as asked for above)
        return self.process.stdout

    def send(self, command: dict[str, Any], limits: Limits) -> None:
        line = json.dumps(command | {"seconds": limits.cpu_seconds}) + "\n"
        try:
            self.stdin.write(line.encode())
            self.stdin.flush()
        except BrokenPipeError:
            raise self._died() from None

    def read(self) -> list[dict[str, Any]]:
        """The events that have arrived; raises when the child reports a fault or is dead."""
        arrived = os.read(self.stdout.fileno(), 65536)
        if not arrived:
            raise self._died()
        *lines, self._unread = (self._unread + arrived).split(b"\n")
        events: list[dict[str, Any]] = [json.loads(line) for line in lines]
        for event in events:
            self.peak = max(self.peak, event.get("peak", 0))
            if event.get("error") == "memory":
                raise PdfTooLarge(_too_large())
            if "error" in event:
                log.error("pdf fault", kind=event["kind"], place=event["place"])
                raise PdfFailed(_failed())
        return events

    def ask(self, command: dict[str, Any], limits: Limits) -> Iterator[dict[str, Any]]:
        return _all_events([self], [command], limits)

    def _died(self) -> PdfFailed:
        """A child that was ended by a signal met a limit: processor time, or memory refused to a C library."""
        code = self.process.wait()
        if code < 0:
            return PdfTooLarge(_too_large())
        log.error("pdf child ended", code=code)
        return PdfFailed(_failed())

    def end(self) -> None:
        self.process.kill()
        self.process.wait()
        self.stdin.close()
        self.stdout.close()


@contextmanager
def _children(count: int, limits: Limits) -> Iterator[list[_Child]]:
    children: list[_Child] = []
    try:
        for _number in range(count):
            children.append(_Child(limits))  # noqa: PERF401 (those already started must be ended if one fails)
        yield children
    finally:
        for child in children:
            child.end()


def _all_events(children: list[_Child], commands: list[dict[str, Any]], limits: Limits) -> Iterator[dict[str, Any]]:
    """Give each child its command and listen to all until the last has ended; silence for too long is a failure."""
    with selectors.DefaultSelector() as ears:
        for child, command in zip(children, commands, strict=True):
            child.send(command, limits)
            ears.register(child.stdout, selectors.EVENT_READ, (child, [time.monotonic()]))
        while ears.get_map():
            now = time.monotonic()
            heard = ears.select(timeout=1.0)
            for key, _mask in heard:
                child, since = key.data
                since[0] = now
                for event in child.read():
                    if "end" in event:
                        ears.unregister(child.stdout)
                    else:
                        yield event
            if any(now - key.data[1][0] > limits.wall_seconds for key in ears.get_map().values()):
                raise PdfTooLarge(_too_large())


def _too_large() -> str:
    return _("This document is too large to be made. Choose a shorter period or a smaller organization.")


def _failed() -> str:
    return _("The PDF could not be made because of a fault in the system. Nothing was changed; please try again.")
