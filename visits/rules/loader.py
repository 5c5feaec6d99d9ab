"""Reads a rule file into frozen values, or says exactly what is wrong with it: file, entry, key."""

import hashlib
import json
import re
import tomllib
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any, get_args

from visits.rules.rule import Rule
from visits.rules.vocabulary import (
    Anniversary,
    AtStart,
    Audience,
    DaysBefore,
    Event,
    Every,
    Festival,
    Festivals,
    OnDayOfYear,
    OnEvent,
    Opens,
    Responsible,
    Unit,
    When,
    Window,
    Yearly,
)

REQUIRED = {"code", "article", "title", "wording", "who", "when", "window", "by", "fulfilled_by"}
OPTIONAL = {"in_force"}
WORDS = {"title", "wording"}  # Changing them changes no duty.
CODE = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
ARTICLE = re.compile(r"[1-9][0-9]?(\.[1-9])?")
DAY_OF_YEAR = re.compile(r"(\d\d)-(\d\d)")
DAYS = re.compile(r"(\d{1,3}) days?( before)?")


class RuleFileError(ValueError):
    """A rule file cannot be read; the message names file, entry and key, and what is accepted there."""


class _Refused(Exception):
    """A key holds something that the vocabulary does not know."""

    def __init__(self, key: str, problem: str) -> None:
        super().__init__(f"{key}: {problem}")


def load(path: Path, *, kinds: Iterable[str]) -> tuple[Rule, ...]:
    """The rules of a file, in its order; `kinds` are the kinds of care action that exist.  Raises `RuleFileError`."""
    try:
        content = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as reason:
        raise RuleFileError(f"{path.name}: {reason}") from reason
    if set(content) != {"rule"} or not _is_list_of_tables(content["rule"]):
        raise RuleFileError(f"{path.name}: only [[rule]] entries belong here, and at least one.")
    found: dict[str, Rule] = {}
    for number, entry in enumerate(content["rule"], start=1):
        place = f"{path.name}, rule {number} ({entry.get('code', 'without code')})"
        try:
            rule = _rule(entry, frozenset(kinds))
            if rule.code in found:
                raise _Refused("code", "stands twice in the file.")
        except _Refused as reason:
            raise RuleFileError(f"{place}, {reason}") from reason
        found[rule.code] = rule
    return tuple(found.values())


def _is_list_of_tables(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(entry, dict) for entry in value)


def _rule(entry: dict[str, Any], kinds: frozenset[str]) -> Rule:
    for key in sorted(REQUIRED - entry.keys()):
        raise _Refused(key, "is missing.")
    _only(entry, REQUIRED | OPTIONAL, "")
    when = _when(entry["when"])
    return Rule(
        code=_matching(entry["code"], CODE, "code", "small letters, digits and single hyphens"),
        article=_matching(entry["article"], ARTICLE, "article", 'an article of the regulation, such as "6.2"'),
        titles=_titles(entry["title"]),
        wording=_text(entry["wording"], "wording"),
        who=_one_of(entry["who"], get_args(Audience), "who"),
        when=when,
        window=_window(entry["window"], when),
        by=_one_of(entry["by"], get_args(Responsible), "by"),
        fulfilled_by=_several_of(entry["fulfilled_by"], sorted(kinds), "fulfilled_by"),
        fingerprint=_fingerprint(entry),
        in_force=_yes_or_no(entry.get("in_force", True), "in_force"),
    )


def _when(value: Any) -> When:
    kind, what = _single(value, "when", ["anniversary", "every", "yearly", "festival", "event"])
    match kind:
        case "anniversary":
            return Anniversary(_one_of(what, ["joined"], "when.anniversary"))
        case "every":
            return Every(_one_of(what, get_args(Unit), "when.every"))
        case "yearly":
            return Yearly(*_day_of_year(what, "when.yearly"))
        case "festival":
            return Festivals(_several_of(what, get_args(Festival), "when.festival"))
        case _:
            return OnEvent(_one_of(what, get_args(Event), "when.event"))


def _window(value: Any, when: When) -> Window:
    if not isinstance(value, dict):
        raise _Refused("window", "must be a table with opens, due and, if wanted, grace.")
    _only(value, {"opens", "due", "grace"}, "window.")
    for key in ("opens", "due"):
        if key not in value:
            raise _Refused(f"window.{key}", "is missing.")
    # A stretch ends, a day comes: the word must fit, so that the file reads as it works.
    due = "end" if isinstance(when, Every) else "on the day"
    _one_of(value["due"], [due], "window.due")
    window = Window(_opens(value["opens"], when), _days(value["grace"], "window.grace") if "grace" in value else 0)
    if isinstance(when, Yearly) and window.around(day := date(2001, when.month, when.day)).opens > day:
        raise _Refused("window.opens", "lies after the due day.")
    return window


def _opens(value: Any, when: When) -> Opens:
    if value == "start":
        return AtStart()
    if isinstance(value, str) and value.endswith("before") and not isinstance(when, Every):
        return DaysBefore(_days(value, "window.opens"))
    if isinstance(value, str) and isinstance(when, Yearly) and DAY_OF_YEAR.fullmatch(value):
        return OnDayOfYear(*_day_of_year(value, "window.opens"))
    accepted = '"start"'
    if not isinstance(when, Every):
        accepted += ' or "7 days before"'
    if isinstance(when, Yearly):
        accepted += ' or a day of the year such as "03-01"'
    raise _Refused("window.opens", f"{value!r} is not known; here it must be {accepted}.")


def _days(value: Any, key: str) -> int:
    found = DAYS.fullmatch(value) if isinstance(value, str) else None
    if found is None or bool(found[2]) != (key == "window.opens"):
        raise _Refused(key, f'{value!r} is not a number of days such as "7 days".')
    return int(found[1])


def _day_of_year(value: Any, key: str) -> tuple[int, int]:
    found = DAY_OF_YEAR.fullmatch(value) if isinstance(value, str) else None
    try:
        # A common year: 29 February would be no day of every year.
        day = date(2001, int(found[1]), int(found[2])) if found else None
    except ValueError:
        day = None
    if day is None:
        raise _Refused(key, f'{value!r} is not a day of every year such as "07-01".')
    return day.month, day.day


def _titles(value: Any) -> dict[str, str]:
    if not isinstance(value, dict) or set(value) != {"zh", "en"}:
        raise _Refused("title", "must have exactly zh and en.")
    for language, title in value.items():
        _text(title, f"title.{language}")
    return dict(value)


def _text(value: Any, key: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise _Refused(key, "must be a text.")
    return value


def _single(value: Any, key: str, accepted: list[str]) -> tuple[str, Any]:
    if not isinstance(value, dict) or len(value) != 1 or next(iter(value)) not in accepted:
        raise _Refused(key, f"must be a table with one of {', '.join(accepted)}.")
    kind, what = next(iter(value.items()))
    return kind, what


def _one_of(value: Any, accepted: Iterable[str], key: str) -> Any:
    if value not in list(accepted):
        raise _Refused(key, f"{value!r} is not known; it must be one of {', '.join(accepted)}.")
    return value


def _several_of(value: Any, accepted: Iterable[str], key: str) -> tuple[Any, ...]:
    if not isinstance(value, list) or not value:
        raise _Refused(key, "must be a list with at least one entry.")
    for entry in value:
        _one_of(entry, accepted, key)
    if len(set(value)) != len(value):
        raise _Refused(key, "names something twice.")
    return tuple(value)


def _matching(value: Any, pattern: re.Pattern[str], key: str, meaning: str) -> str:
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise _Refused(key, f"{value!r} is not {meaning}.")
    return value


def _yes_or_no(value: Any, key: str) -> bool:
    if not isinstance(value, bool):
        raise _Refused(key, "must be true or false.")
    return value


def _only(table: dict[str, Any], known: set[str], prefix: str) -> None:
    for key in sorted(table.keys() - known):
        raise _Refused(f"{prefix}{key}", f"is not known; known are {', '.join(sorted(known))}.")


def _fingerprint(entry: dict[str, Any]) -> str:
    content = {key: value for key, value in entry.items() if key not in WORDS}
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
