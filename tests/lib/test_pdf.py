"""The engine alone: runs of rows side by side, page numbers, limits."""

import re
from datetime import datetime
from pathlib import Path
from typing import Any

import pikepdf
import pytest

from carehelp.lib import clock, pdf
from tests.reports import reading

HEAD = """<style>@page { size: A5; margin: 20mm 10mm } body { font: 9pt "Noto Serif CJK SC"; margin: 0 }
table { width: 100%; table-layout: fixed; border-spacing: 0 } tr { break-inside: avoid }</style>"""
STAMP_HEAD = """<style>@page { size: A5; margin: 0 } body { margin: 0; font: 9pt "Noto Serif CJK SC" }
section { height: 210mm; position: relative; break-after: page } section:last-child { break-after: auto }
p { position: absolute; bottom: 5mm; left: 20mm; word-spacing: .3em }</style>"""


def document(rows: list[str], **parts: Any) -> pdf.Document:
    parts = {"opening": "<h1>台账</h1>", "closing": "<p>全表完</p>"} | parts
    return pdf.Document(
        title="关怀任务台账",
        author="张干事",
        made_at=datetime(2026, 11, 24, 10, 30, tzinfo=clock.SHANGHAI),
        head=HEAD,
        columns="<thead><tr><th>序</th><th>姓名</th></tr></thead>",
        rows=rows,
        stamp_head=STAMP_HEAD,
        stamp=lambda page, pages: f"<section><p>第 {page} 页 共 {pages} 页</p></section>",
        **parts,
    )


def numbered(count: int) -> list[str]:
    return [f"<td>行{number}号</td><td>王建国</td>" for number in range(1, count + 1)]


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """900 rows: two children, and more than one piece in each."""
    output = tmp_path_factory.mktemp("pdf") / "long.pdf"
    pdf.render(document(numbered(900)), output, processes=2)
    return output


class TestALongTable:
    def test_has_every_row_once_and_in_order(self, printed: Path) -> None:
        assert [int(n) for n in re.findall(r"行(\d+)号", reading.text(printed))] == list(range(1, 901))

    def test_numbers_every_page(self, printed: Path) -> None:
        pages = reading.pages(printed)
        for number, page in enumerate(pages, 1):
            assert f"第 {number} 页 共 {len(pages)} 页" in page

    def test_repeats_its_head_on_every_page(self, printed: Path) -> None:
        assert all(re.search(r"序\s+姓名", page) for page in reading.pages(printed))

    def test_leaves_no_page_half_empty_but_where_the_processes_meet(self, printed: Path) -> None:
        rows = [len(re.findall(r"行\d+号", page)) for page in reading.pages(printed)]
        full = max(rows)
        assert sum(count < full - 3 for count in rows) <= 3  # The first, the seam, the last.

    def test_has_its_opening_first_and_its_closing_last(self, printed: Path) -> None:
        pages = reading.pages(printed)
        assert "台账" in pages[0]
        assert "全表完" in pages[-1]
        assert reading.text(printed).count("全表完") == 1

    def test_says_what_it_is_and_who_made_it_when(self, printed: Path) -> None:
        with pikepdf.open(printed) as opened:
            assert str(opened.docinfo["/Title"]) == "关怀任务台账"
            assert str(opened.docinfo["/Author"]) == "张干事"
            assert str(opened.docinfo["/CreationDate"]).startswith("D:20261124103000+08")
            assert str(opened.Root.Lang) == "zh-CN"

    def test_embeds_its_fonts(self, printed: Path) -> None:
        assert {"/FontFile3"} & reading.keys_of(printed) or {"/FontFile2"} & reading.keys_of(printed)


def test_a_document_without_a_table_is_one_page(tmp_path: Path) -> None:
    printed = pdf.render(document([], closing=""), tmp_path / "short.pdf")
    assert printed.pages == 1
    assert "第 1 页 共 1 页" in reading.text(tmp_path / "short.pdf")


def test_the_same_document_is_the_same_file(tmp_path: Path) -> None:
    for name in ("one.pdf", "two.pdf"):
        pdf.render(document(numbered(20)), tmp_path / name)
    assert reading.text(tmp_path / "one.pdf") == reading.text(tmp_path / "two.pdf")


def test_a_row_higher_than_a_page_is_neither_lost_nor_doubled(tmp_path: Path) -> None:
    rows = numbered(420)
    rows[399] = "<td>行400号</td><td>" + "<br>".join(f"长{n}文" for n in range(120)) + "</td>"
    pdf.render(document(rows), tmp_path / "high.pdf", processes=1)
    text = reading.text(tmp_path / "high.pdf")
    assert [int(n) for n in re.findall(r"行(\d+)号", text)] == list(range(1, 421))
    assert [int(n) for n in re.findall(r"长(\d+)文", text)] == list(range(120))


def test_progress_counts_rows_and_may_stop_the_work(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []

    class Enough(Exception):
        pass

    def tell(done: int, total: int) -> None:
        told.append((done, total))
        if len(told) == 2:
            raise Enough

    with pytest.raises(Enough):
        pdf.render(document(numbered(900)), tmp_path / "never.pdf", progress=tell, processes=1)
    assert told[0][0] < told[1][0] <= told[0][1] == 900
    assert not (tmp_path / "never.pdf").exists()


def test_characters_that_cannot_be_printed_are_left_out() -> None:
    assert pdf.printable("王\x00\x07建\u202e国\x9f\n\t丨\ud800") == "王建国\n\t丨\ufffd"
