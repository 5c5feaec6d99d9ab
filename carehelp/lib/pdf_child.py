"""The process in which HTML becomes PDF.  Started by `carehelp.lib.pdf` with `python -I`, knows nothing of Django.

Argument: megabytes of memory.  It reads one JSON command a line and answers with JSON events a line:

    {"do": "table", "job": path, "out": folder, "seconds": n}  ->  {"file": …, "pages": n, "rows": n} … {"end": true}
    {"do": "whole", "job": path, "out": folder, "seconds": n}  ->  the same, with one file

What it may do is narrow: no network, no other program, no file but its own library, fonts and the folder named
in the command; a limit of memory for the process and of processor seconds for each piece.
"""

import gc
import json
import os
import resource
import sys
from typing import Any

# What is laid out at once: beyond a thousand rows or so time and memory grow faster than the rows.
MOST_ROWS, MOST_CHARACTERS = 700, 400_000
# The part of HTML's default styles that our templates use: matching the whole of it costs a seventh of the time.
STYLES = """
html, body, div, section, p, h1, h2 { display: block }
head, style, script, title { display: none }
br::before { content: "\\A"; white-space: pre-line }
table { display: table; text-indent: 0 }
colgroup { display: table-column-group }
col { display: table-column }
thead { display: table-header-group }
tbody { display: table-row-group }
tr { display: table-row }
td, th { display: table-cell }
tr[id] { anchor: attr(id) }
"""
REFUSED = ("socket.", "subprocess.", "os.system", "os.exec", "os.posix_spawn", "os.fork", "urllib.", "ftplib.", "http.")


def main() -> None:
    memory = int(sys.argv[1]) * 1024 * 1024
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    import weasyprint  # noqa: F401 (loaded before the doors are shut)

    gc.freeze()

    allowed: list[str] = []
    _shut_doors(allowed)
    # Everything made for a piece dies with it; looking for circles in between costs a fifth of the time.
    gc.disable()
    for line in sys.stdin:
        command = json.loads(line)
        allowed[:] = [command["out"] + os.sep, os.path.dirname(command["job"]) + os.sep]
        try:
            with open(command["job"], encoding="utf-8") as source:
                job = json.load(source)
            events = _table(job, command) if command["do"] == "table" else _whole(job, command)
            for event in events:
                _say(event)
            _say({"end": True})
        except MemoryError:
            _say({"error": "memory"})
            return
        except Exception as fault:
            # The kind and the place, never the message: it could quote a person's data.
            _say({"error": "fault", "kind": type(fault).__name__, "place": _place(fault)})


def _table(job: dict[str, Any], command: dict[str, Any]) -> Any:
    """Lay out a run of rows piece by piece; what stands on an unfinished last page begins the next piece."""
    rows, start, number = job["rows"], 0, 0
    while True:
        gc.collect()
        stop = _stop(rows, start)
        last = stop == len(rows)
        body = "".join(f'<tr id="r{index}">{rows[index]}</tr>' for index in range(start, stop))
        table = f"<table>{job['columns']}<tbody>{body}</tbody></table>" if body else ""
        opening = job["opening"] if start == 0 else ""
        closing = job["closing"] if last else ""
        document = _lay_out(job["head"], f"{opening}{table}{closing}", command["seconds"])
        pages = document.pages if last else _finished(document.pages)
        kept = {name for page in pages for name in page.anchors if name.startswith("r")}
        event = _write(document, pages, command["out"], number)
        del document, pages  # Or two pieces would stand in memory at once.
        start, number = (stop if last else start + len(kept)), number + 1
        yield event | {"rows": len(kept)}
        if last:
            return


def _stop(rows: list[str], start: int) -> int:
    """Where a piece that begins at `start` ends: at least one row, at most what can be laid out at once."""
    size, stop = 0, start
    while stop < min(start + MOST_ROWS, len(rows)) and size < MOST_CHARACTERS:
        size += len(rows[stop])
        stop += 1
    return stop


def _finished(pages: list[Any]) -> list[Any]:
    """All pages but the last, unless a row reaches over that break (then there is nothing to begin anew with)."""
    before = {name for page in pages[:-1] for name in page.anchors}
    return pages[:-1] if before and not before & pages[-1].anchors.keys() else pages


def _whole(job: dict[str, Any], command: dict[str, Any]) -> Any:
    document = _lay_out(job["head"], job["body"], command["seconds"])
    yield _write(document, document.pages, command["out"], 0)


def _lay_out(head: str, body: str, seconds: int) -> Any:
    from weasyprint import CSS, HTML
    from weasyprint.urls import URLFetcher

    class LeanHTML(HTML):
        def _ua_stylesheets(self, forms: bool = False) -> list[Any]:
            return [CSS(string=STYLES, url_fetcher=fetcher)]

    used = resource.getrusage(resource.RUSAGE_SELF)
    _soft, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (int(used.ru_utime + used.ru_stime) + seconds, hard))
    fetcher = URLFetcher(allowed_protocols=("data",), allow_redirects=False)
    html = f'<!doctype html><html lang="zh-CN"><head><meta charset="utf-8">{head}</head><body>{body}</body></html>'
    return LeanHTML(string=html, url_fetcher=fetcher, base_url=None).render()


def _write(document: Any, pages: list[Any], folder: str, number: int) -> dict[str, Any]:
    for page in pages:
        page.anchors.clear()  # They were for counting rows; as link targets they would only weigh.
    name = f"{number:05}.pdf"
    document.copy(pages).write_pdf(os.path.join(folder, name))
    return {"file": name, "pages": len(pages), "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024}


def _shut_doors(allowed: list[str]) -> None:
    """From here on the interpreter itself refuses what a renderer has no business with."""
    own = tuple({sys.prefix + os.sep, sys.base_prefix + os.sep, os.path.dirname(os.__file__) + os.sep})

    def guard(event: str, args: tuple[Any, ...]) -> None:
        if event.startswith(REFUSED):
            raise PermissionError(event)
        if event == "open" and isinstance(args[0], (str, bytes, os.PathLike)):
            path = os.path.realpath(os.fsdecode(args[0]))
            if not path.startswith((*own, *allowed)):
                raise PermissionError("open")

    sys.addaudithook(guard)


def _place(fault: BaseException) -> str:
    trace, place = fault.__traceback__, ""
    while trace is not None:
        place = f"{os.path.basename(trace.tb_frame.f_code.co_filename)}:{trace.tb_lineno}"
        trace = trace.tb_next
    return place


def _say(event: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(event) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
