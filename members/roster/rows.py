"""Checking one row of a roster by itself: what it says, and what is wrong or uncertain about it.

Codes of problems are a contract with other programs; messages are for people and say what to do.  No message
holds an ID number in full, whatever stands in the cells.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Any

from django.utils.translation import gettext as _

from carehelp.lib import idcard
from members import party_age
from members.models import Member
from members.roster.branches import Branches
from members.roster.cells import compact, name_of, text_of, yes
from members.roster.columns import TITLES, Layout
from members.roster.dates import ImpossibleDate, NoDate, ReadDate, read_date

FULL, PROBATIONARY = Member.Category.FULL.value, Member.Category.PROBATIONARY.value
ERROR, WARNING = "error", "warning"
NO_COLUMN = 1 << 20  # Behind the last column that a sheet can have.
GROWN_UP = 18  # Years: the youngest at which somebody joins.
SEXES = {"男": "male", "女": "female", "男性": "male", "女性": "female", "m": "male", "f": "female", "male": "male"} | {
    "female": "female", "1": "male", "2": "female"
}  # fmt: skip
LIKE_X = str.maketrans({"×": "X", "Х": "X", "х": "X", "Χ": "X", "χ": "X", "✕": "X"})
# Plain facts that are texts of limited length.
TEXTS = {"education": 40, "occupation": 60, "floating_to": 100}
SEALED_TEXTS = {"phone": 40, "landline": 40, "address": 200}
LONGEST_NAME = 60
LONGEST_QUOTE = 20


@dataclass(frozen=True, slots=True)
class Problem:
    """Something about a cell: `key` names the fact, `column` the header as the sheet has it."""

    row: int
    key: str
    column: str
    level: str
    code: str
    message: str

    def as_json(self) -> dict[str, Any]:
        return {
            "row": self.row,
            "column": self.column,
            "level": self.level,
            "code": self.code,
            "message": self.message,
        }


@dataclass(slots=True)
class Row:
    """What a row says.  `facts` holds only what its cells state: nothing for an empty cell or a column it lacks."""

    number: int
    cells: Sequence[Any]
    facts: dict[str, Any] = field(default_factory=dict)
    id_number: str = ""
    organization_id: int | None = None
    problems: list[Problem] = field(default_factory=list)

    @property
    def accepted(self) -> bool:
        return not any(problem.level == ERROR for problem in self.problems)


class Checker:
    """Checks rows of one sheet against a layout, the branches they may name and the day of today."""

    def __init__(self, layout: Layout, branches: Branches, today: date) -> None:
        self.layout = layout
        self.columns = layout.columns
        self.branches = branches
        self.today = today
        self.steps: list[Callable[[Row], None]] = [self._name, self._id, self._branch, self._dates, self._rest]

    def check(self, number: int, cells: Sequence[Any]) -> Row:
        row = Row(number, cells)
        for step in self.steps:
            step(row)
        return row

    def value(self, row: Row, key: str) -> Any:
        index = self.columns.get(key, NO_COLUMN)
        return row.cells[index] if index < len(row.cells) else ""

    def problem(self, row: Row, key: str, code: str, message: str, level: str = ERROR) -> None:
        row.problems.append(Problem(row.number, key, self.layout.title(key), level, code, message))

    # --- who ---------------------------------------------------------------------------------

    def _name(self, row: Row) -> None:
        name = name_of(self.value(row, "name"))
        if not name:
            self.problem(row, "name", "name_missing", _("The name is missing: please fill it in."))
        elif len(name) > LONGEST_NAME:
            self.problem(row, "name", "name_missing", _("This is too long for a name: please fill in the name only."))
        else:
            row.facts["name"] = name

    def _id(self, row: Row) -> None:
        """The number, and the birth date and sex inside it; those of the columns must agree."""
        birth = self._date(row, "birth")
        number = self._number(row)
        if number is None:
            return
        inside = idcard.birth_of(number)
        if inside is None or inside > self.today:
            message = _(
                "The date of birth inside this ID number does not exist: please check the number against the ID card."
            )
            self.problem(row, "id_number", "birth_mismatch", message)
            return
        row.id_number = number
        row.facts["birth_on"] = inside
        row.facts["sex"] = "male" if idcard.is_male(number) else "female"
        if birth is not None and not birth.agrees_with(inside):
            message = _("The date of birth differs from the one inside the ID number: please check which is right.")
            self.problem(row, "birth", "birth_mismatch", message)
        word = compact(self.value(row, "sex")).lower()
        if word and SEXES.get(word) != row.facts["sex"]:
            message = _("The sex differs from the one inside the ID number: please check which is right.")
            self.problem(row, "sex", "sex_mismatch", message)

    def _number(self, row: Row) -> str | None:
        """The number in 18 characters; None when the cell holds none that can be used (the problem is noted)."""
        value = self.value(row, "id_number")
        if _digits_lost(value):
            message = _(
                "Excel has lost the last digits of this number: format the cell as text and type the number again."
            )
            self.problem(row, "id_number", "id_digits_lost", message)
            return None
        number = compact(value).strip("'‘’`\"").replace("-", "").upper().translate(LIKE_X)
        if not number:
            self.problem(row, "id_number", "id_missing", _("The ID number is missing: please fill it in."))
        elif len(number) == 15 and number.isdigit():
            message = _("An old number of 15 digits was converted to 18: please check it against the ID card.")
            self.problem(row, "id_number", "id_15_digits", message, WARNING)
            return idcard.from_15_digits(number)
        elif len(number) != 18:
            message = _("The ID number has %(length)s characters instead of 18: please check it against the ID card.")
            self.problem(row, "id_number", "id_length", message % {"length": len(number)})
        elif not idcard.is_well_formed(number) or not idcard.check_holds(number):
            message = _(
                "The check character of the ID number is wrong, so a digit is mistyped: please check the number."
            )
            self.problem(row, "id_number", "id_checksum", message)
        else:
            return number
        return None

    # --- where -------------------------------------------------------------------------------

    def _branch(self, row: Row) -> None:
        found, fault = self.branches.find(name_of(self.value(row, "branch")))
        row.organization_id = found
        if fault:
            self.problem(row, "branch", "branch_unknown", fault)

    # --- when --------------------------------------------------------------------------------

    def _dates(self, row: Row) -> None:
        before = len(row.problems)
        joined = self._date(row, "joined")
        if joined is None and len(row.problems) == before:
            message = _("The date of joining is missing: please fill it in; the month alone is enough.")
            self.problem(row, "joined", "date_unreadable", message)
        before = len(row.problems)
        full = self._date(row, "full")
        if joined is None:
            return
        row.facts["joined_on"], row.facts["joined_precision"] = joined.day, joined.precision
        self._category(row, full)
        if joined.day > self.today:
            message = _("The date of joining lies in the future: please check the year.")
            self.problem(row, "joined", "joined_in_future", message)
            return
        self._joined_and_birth(row, joined)
        if full is not None:
            self._full(row, joined, full)
        elif len(row.problems) == before:
            self._full_missing(row, joined)
        self._month_only(row, joined, full)

    def _date(self, row: Row, key: str) -> ReadDate | None:
        value = self.value(row, key)
        try:
            return read_date(value)
        except ImpossibleDate:
            message = _("%(value)s does not exist in the calendar: please check the date.") % {"value": quoted(value)}
            self.problem(row, key, "date_impossible", message)
        except NoDate:
            message = _(
                "%(value)s cannot be read as a date: please write it like 1987-07-01, or 1987-07 without a day."
            )
            self.problem(row, key, "date_unreadable", message % {"value": quoted(value)})
        return None

    def _category(self, row: Row, full: ReadDate | None) -> None:
        """Full or probationary: as the column says; nothing is stated by an empty cell."""
        word = compact(self.value(row, "category"))
        if "预备" in word or word == "否":
            row.facts["category"] = PROBATIONARY
        elif "正式" in word or word == "是" or full is not None and full.day <= self.today:
            row.facts["category"] = FULL

    def _joined_and_birth(self, row: Row, joined: ReadDate) -> None:
        birth = row.facts.get("birth_on")
        if birth is None:
            return
        if joined.day <= birth:
            message = _("The date of joining lies before the date of birth: please check both.")
            self.problem(row, "joined", "date_impossible", message)
        elif _certainly_under(joined, birth, GROWN_UP):
            message = _("On this day the person was younger than 18: please check the date of joining.")
            self.problem(row, "joined", "joined_under_18", message, WARNING)

    def _full(self, row: Row, joined: ReadDate, full: ReadDate) -> None:
        if full.before(joined):
            message = _("The date of becoming a full member lies before the date of joining: please check both.")
            self.problem(row, "full", "full_before_joined", message)
        elif full.day > self.today:
            # The day on which a probation will end is no fact yet; for a full member it is a mistake.
            if row.facts.get("category") == FULL:
                message = _("The date of becoming a full member lies in the future: please check the year.")
                self.problem(row, "full", "date_impossible", message)
        else:
            row.facts["full_on"], row.facts["full_precision"] = full.day, full.precision

    def _full_missing(self, row: Row, joined: ReadDate) -> None:
        """Warn about a full member without that date, unless party age counts from joining anyway."""
        if category_of_new(row.facts, self.today) != FULL:
            return
        if party_age.reckon(joined_on=joined.day, full_on=None).counts_from is None:
            message = _("The date of becoming a full member is missing: party age cannot be reckoned; please add it.")
            self.problem(row, "full", "full_date_missing", message, WARNING)

    def _month_only(self, row: Row, joined: ReadDate, full: ReadDate | None) -> None:
        for key, read in (("joined", joined), ("full", full)):
            if read is not None and read.is_month:
                message = _("The date names only the month: it is kept so; add the day if the file gives it.")
                self.problem(row, key, "month_only_date", message, WARNING)

    # --- the rest ----------------------------------------------------------------------------

    def _rest(self, row: Row) -> None:
        facts, held = row.facts, self.layout.columns
        for key, longest in TEXTS.items():
            if key in held and (text := text_of(self.value(row, key))):
                facts[key] = text[:longest]
        for key, longest in SEALED_TEXTS.items():
            if key in held and (text := text_of(self.value(row, key))):
                facts[key] = (text if key == "address" else text.replace(" ", ""))[:longest]
        if "ethnicity" in held and (ethnicity := compact(self.value(row, "ethnicity"))):
            facts["ethnicity"] = (ethnicity if ethnicity.endswith("族") or len(ethnicity) > 3 else f"{ethnicity}族")[
                :20
            ]
        if "party_status" in held and (status := compact(self.value(row, "party_status"))):
            facts["party_status"] = "suspended" if "停" in status else "normal"
        self._whereabouts(row)

    def _whereabouts(self, row: Row) -> None:
        for key in ("lost_contact", "floating"):
            if (answer := yes(self.value(row, key))) is not None:
                row.facts[key] = answer
        if (since := self._date(row, "lost_since")) is not None:
            row.facts["lost_since"] = since.day


def category_of_new(facts: dict[str, Any], today: date) -> str:
    """Category of a person nothing is known about: somebody who joined within the last year is still on probation."""
    stated: str | None = facts.get("category")
    if stated:
        return stated
    on_probation = facts.get("full_on") is None and _years_after(facts["joined_on"], 1) > today
    return PROBATIONARY if on_probation else FULL


def quoted(value: Any) -> str:
    """The cell for a message: short, and never so many digits that it could be an ID number."""
    text = text_of(value)
    if sum(character.isdigit() for character in text) > 10:
        return _("The cell")
    return f"“{text[:LONGEST_QUOTE]}{'…' if len(text) > LONGEST_QUOTE else ''}”"


def _digits_lost(value: Any) -> bool:
    """A numeric cell of 16 digits and more has zeros where digits were, and so has a text like 6.19904E+17."""
    if isinstance(value, bool):
        return False
    if isinstance(value, int | float):
        return abs(value) >= 1e15
    return isinstance(value, str) and _is_scientific(value)


@lru_cache(maxsize=1000)
def _is_scientific(text: str) -> bool:
    plain = compact(text).upper()
    head, exponent, tail = plain.partition("E")
    return bool(exponent) and tail.lstrip("+").isdigit() and head.replace(".", "", 1).isdigit()


@lru_cache(maxsize=50_000)
def _years_after(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year + years)
    except ValueError:  # 29 February
        return day.replace(year=day.year + years, month=3, day=1)


def _certainly_under(joined: ReadDate, birth: date, years: int) -> bool:
    """Younger than that on the day of joining; a month alone is judged by the benefit of the doubt."""
    grown_up = _years_after(birth, years)
    if joined.is_month:
        return (joined.day.year, joined.day.month) < (grown_up.year, grown_up.month)
    return joined.day < grown_up


__all__ = ["ERROR", "TITLES", "WARNING", "Checker", "Problem", "Row", "category_of_new", "quoted"]
