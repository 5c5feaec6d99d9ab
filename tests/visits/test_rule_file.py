"""A rule file is refused with file, entry and key."""

from pathlib import Path
from typing import Any

import pytest

from visits import checks
from visits.rules import catalogue
from visits.rules.loader import RuleFileError, load
from visits.rules.vocabulary import AtStart, DaysBefore, Every, Festivals, OnDayOfYear, Yearly

KINDS = ["visit", "talk"]
GOOD = {
    "code": '"family-visit"',
    "article": '"12.1"',
    "title": '{ zh = "季度走访", en = "Quarterly visit" }',
    "wording": '"党组织应当……"',
    "who": '"members.active"',
    "when": '{ every = "quarter" }',
    "window": '{ opens = "start", due = "end" }',
    "by": '"branch"',
    "fulfilled_by": '["visit"]',
}


def entry(**changes: str | None) -> str:
    lines = [f"{key} = {value}" for key, value in (GOOD | changes).items() if value is not None]
    return "\n".join(["[[rule]]", *lines, ""])


@pytest.fixture
def read(tmp_path: Path) -> Any:
    def read_text(text: str) -> Any:
        file = tmp_path / "local.toml"
        file.write_text(text, "utf-8")
        return load(file, kinds=KINDS)

    return read_text


class TestAGoodFile:
    def test_is_read_into_frozen_values(self, read: Any) -> None:
        (rule,) = read(entry())
        assert (rule.code, rule.when, rule.window.opens) == ("family-visit", Every("quarter"), AtStart())
        with pytest.raises(AttributeError):
            rule.code = "other"

    def test_windows_are_words(self, read: Any) -> None:
        yearly = read(entry(when='{ yearly = "07-01" }', window='{ opens = "03-01", due = "on the day" }'))[0]
        assert (yearly.when, yearly.window.opens) == (Yearly(7, 1), OnDayOfYear(3, 1))
        window = '{ opens = "1 day before", due = "on the day", grace = "10 days" }'
        festival = read(entry(when='{ festival = ["new-year"] }', window=window))[0]
        assert (festival.when, festival.window.opens) == (Festivals(("new-year",)), DaysBefore(1))
        assert festival.window.grace_days == 10

    def test_words_do_not_change_the_fingerprint_and_everything_else_does(self, read: Any) -> None:
        original = read(entry())[0].fingerprint
        assert read(entry(title='{ zh = "走访", en = "Visit" }', wording='"……"'))[0].fingerprint == original
        assert read(entry(by='"leading-cadre"'))[0].fingerprint != original

    def test_the_national_file_has_the_rules_of_this_version(self) -> None:
        codes = [rule.code for rule in catalogue.rules()]
        assert codes == ["political-birthday", "medal-50", "festival-visit", "leader-contact", "follow-up"]


REFUSED = [
    ({"code": None}, "code: is missing"),
    ({"code": '"Family"'}, "code: 'Family' is not small letters"),
    ({"article": '"0"'}, "article: '0' is not an article"),
    ({"article": "6.2"}, "article: 6.2 is not an article"),
    ({"title": '{ zh = "走访" }'}, "title: must have exactly zh and en"),
    ({"title": '{ zh = "", en = "Visit" }'}, "title.zh: must be a text"),
    ({"wording": "1"}, "wording: must be a text"),
    ({"who": '"everybody"'}, "who: 'everybody' is not known; it must be one of members.in-place"),
    ({"when": '"yearly"'}, "when: must be a table with one of anniversary"),
    ({"when": '{ every = "year", yearly = "07-01" }'}, "when: must be a table with one of"),
    ({"when": '{ every = "week" }'}, "when.every: 'week' is not known; it must be one of year"),
    ({"when": '{ yearly = "02-29" }'}, "when.yearly: '02-29' is not a day of every year"),
    ({"when": "{ festival = [] }"}, "when.festival: must be a list"),
    ({"when": '{ festival = ["easter"] }'}, "when.festival: 'easter' is not known"),
    ({"when": '{ festival = ["new-year", "new-year"] }'}, "when.festival: names something twice"),
    ({"window": '"a week"'}, "window: must be a table"),
    ({"window": '{ opens = "start" }'}, "window.due: is missing"),
    ({"window": '{ opens = "start", due = "on the day" }'}, "window.due: 'on the day' is not known"),
    ({"window": '{ opens = "soon", due = "end" }'}, "window.opens: 'soon' is not known; here it must be \"start\"."),
    ({"window": '{ opens = "7 days before", due = "end" }'}, "window.opens: '7 days before' is not known"),
    ({"window": '{ opens = "start", due = "end", grace = "a week" }'}, "window.grace: 'a week' is not a number"),
    ({"window": '{ opens = "start", due = "end", closes = "end" }'}, "window.closes: is not known"),
    ({"when": '{ yearly = "07-01" }', "window": '{ opens = "08-01", due = "on the day" }'}, "lies after the due day"),
    ({"by": '"somebody"'}, "by: 'somebody' is not known"),
    ({"fulfilled_by": '["dance"]'}, "fulfilled_by: 'dance' is not known; it must be one of talk, visit"),
    ({"fulfilled_by": '"visit"'}, "fulfilled_by: must be a list"),
    ({"in_force": '"yes"'}, "in_force: must be true or false"),
    ({"colour": '"red"'}, "colour: is not known; known are"),
]


class TestAFaultyEntry:
    @pytest.mark.parametrize(("changes", "message"), REFUSED, ids=[message for _changes, message in REFUSED])
    def test_is_named_with_file_entry_and_key(self, read: Any, changes: dict[str, str], message: str) -> None:
        with pytest.raises(RuleFileError) as refusal:
            read(entry(code='"first"') + entry(**changes))
        name = "without code" if "code" in changes and changes["code"] is None else changes.get("code", "family-visit")
        assert str(refusal.value).startswith(f"local.toml, rule 2 ({(name or '').strip(chr(34))}), ")
        assert message in str(refusal.value)

    def test_a_code_may_stand_only_once(self, read: Any) -> None:
        with pytest.raises(RuleFileError, match=r"rule 2 \(family-visit\), code: stands twice"):
            read(entry() + entry())


class TestAFaultyFile:
    @pytest.mark.parametrize("text", ["", "rule = 1", "[rules]", entry() + "[other]\n", "[[rule]\n"])
    def test_is_refused(self, read: Any, text: str) -> None:
        with pytest.raises(RuleFileError, match=r"local\.toml: "):
            read(text)

    def test_that_is_not_there_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(RuleFileError, match=r"gone\.toml"):
            load(tmp_path / "gone.toml", kinds=KINDS)

    def test_stops_every_command_through_the_system_check(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        file = tmp_path / "national.toml"
        file.write_text(entry(by='"somebody"'), "utf-8")
        monkeypatch.setattr(catalogue, "NATIONAL", file)
        catalogue.rules.cache_clear()
        (error,) = checks.check_rules()
        assert (error.id, error.is_serious()) == ("visits.E001", True)
        assert error.msg.startswith("national.toml, rule 1 (family-visit), by: 'somebody'")

    def test_the_national_file_passes(self) -> None:
        catalogue.rules.cache_clear()
        assert checks.check_rules() == []

    @pytest.fixture(autouse=True)
    def as_before(self) -> Any:
        yield
        catalogue.rules.cache_clear()
