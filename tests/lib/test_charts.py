"""The chart of twelve months: readable without colour, harmless whatever it is fed."""

from dataclasses import dataclass
from datetime import date
from xml.etree import ElementTree

import pytest
from django.utils import translation

from carehelp.lib import charts
from visits.compliance import MonthRow, Tally

SVG = "{http://www.w3.org/2000/svg}"


def rows(*tallies: Tally) -> list[MonthRow]:
    return [MonthRow(date(2026, month, 1), tally) for month, tally in enumerate(tallies, start=1)]


def drawn(*tallies: Tally, name: str = "months") -> ElementTree.Element:
    return ElementTree.fromstring(charts.months_chart(rows(*tallies), name=name))


def bars(svg: ElementTree.Element) -> list[ElementTree.Element]:
    return [rect for rect in svg.iter(f"{SVG}rect") if rect.get("width") not in ("8", "18")]


def words(svg: ElementTree.Element) -> list[str]:
    return [text.text or "" for text in svg.iter(f"{SVG}text")]


EVERY_KIND = Tally(done_in_time=8, done_late=4, waived=2, open=5, overdue=3, void=9)


class TestDrawing:
    def test_layers_are_as_high_as_their_counts(self) -> None:
        heights = [float(bar.get("height", 0)) for bar in bars(drawn(EVERY_KIND))]
        unit = heights[0] / 8
        assert [round(height / unit, 1) for height in heights] == [8, 4, 2, 2, 3]

    def test_what_is_void_has_no_bar(self) -> None:
        assert bars(drawn(Tally(void=9))) == []

    def test_every_kind_has_a_pattern_of_its_own_and_a_word(self) -> None:
        svg = drawn(EVERY_KIND)
        patterns = {path.get("d") for pattern in svg.iter(f"{SVG}pattern") for path in pattern.iter(f"{SVG}path")}
        assert len({bar.get("fill") for bar in bars(svg)}) == len(charts.KINDS)
        assert len(patterns) == len(charts.KINDS) - 1  # The one left is filled.
        with translation.override("zh-hans"):
            said = words(drawn(EVERY_KIND))
        assert {"按期办结", "逾期办结", "免办", "期限内未办", "已超期"} <= set(said)

    def test_the_number_of_duties_stands_above_each_bar(self) -> None:
        assert {"1,234", "7"} <= set(words(drawn(Tally(open=1234), Tally(done_late=7))))

    def test_a_month_that_would_flatten_the_others_is_cut_and_it_says_so(self) -> None:
        svg = drawn(Tally(open=10), Tally(open=12), Tally(done_in_time=1000, open=1000))
        assert [path.get("class") for path in svg.iter(f"{SVG}path")].count("ch-cut") == 1
        assert "2,000" in words(svg)
        assert any("≈" in said for said in words(svg))
        assert all(float(bar.get("y", -1)) >= charts.TOP for bar in bars(svg))

    def test_nothing_at_all_still_draws_an_axis(self) -> None:
        assert "4" in words(drawn(Tally(), Tally()))
        assert charts.months_chart([])

    def test_it_has_a_title_and_says_itself_in_a_sentence(self) -> None:
        with translation.override("zh-hans"):
            svg = drawn(EVERY_KIND, name="here")
        assert svg.get("role") == "img"
        assert svg.get("aria-labelledby") == "here-title here-desc"
        assert svg.findtext(f"{SVG}desc") == "共 19 项任务，其中已超期 3 项。"

    @pytest.mark.parametrize(
        ("most", "top"), [(0, 4), (4, 4), (5, 8), (9, 12), (33, 40), (41, 60), (99, 120), (1279, 1600)]
    )
    def test_the_axis_ends_at_a_round_number(self, most: int, top: int) -> None:
        assert charts._ceiling(most) == top


class TestSafety:
    def test_there_is_no_style_attribute_no_script_and_nothing_from_elsewhere(self) -> None:
        text = charts.months_chart(rows(EVERY_KIND))
        assert " style=" not in text
        assert "<script" not in text
        assert text.count("http") == text.count("http://www.w3.org/2000/svg")

    def test_hostile_names_are_escaped(self) -> None:
        text = charts.months_chart(rows(EVERY_KIND), name='"><script>alert(1)</script>')
        assert "<script" not in text
        ElementTree.fromstring(text)

    def test_hostile_words_of_a_kind_are_escaped(self, monkeypatch: pytest.MonkeyPatch) -> None:
        @dataclass(frozen=True)
        class Hostile:
            name: str = "overdue"
            label: str = "</text><image href='file:///etc/passwd'/>"
            colour: str = '"/><script>'
            strokes: str = '"/><script>'

        monkeypatch.setattr(charts, "KINDS", (Hostile(),))
        text = charts.months_chart(rows(EVERY_KIND))
        assert "<image" not in text
        assert "<script" not in text
        ElementTree.fromstring(text)
