"""Setting rows of a roster against the people on file: who is new, what changes, who comes from another branch."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from carehelp.lib import crypto
from carehelp.lib.ids import uuid7
from members.access import AFTER_ANY_STEP
from members.models import Member
from members.people import id_hash
from members.roster.dates import DAY, MONTH, ReadDate
from members.roster.rows import ERROR, WARNING, Checker, Problem, Row, category_of_new

TABLE = Member._meta.db_table
BATCH = 2000
NEW, CHANGED, UNCHANGED, REJECTED = "new", "changed", "unchanged", "rejected"
PLAIN = (
    "name", "sex", "ethnicity", "birth_on", "education", "occupation", "category", "party_status",
    "joined_on", "joined_precision", "full_on", "full_precision", "lost_contact", "lost_since", "floating",
    "floating_to",
)  # fmt: skip
SEALED = ("phone", "landline", "address")
# What a new person has where the roster says nothing.
DEFAULTS: dict[str, Any] = {
    "ethnicity": "", "education": "", "occupation": "", "party_status": "normal", "full_on": None,
    "full_precision": "day",
    "lost_contact": False, "lost_since": None, "floating": False, "floating_to": "",
}  # fmt: skip
LOADED = (
    "id_hash", "id", "organization_id", "organization__path", "organization__name", "updated_at", "suspended_days",
    "died_on",
    "left_on", *PLAIN, *SEALED,
)  # fmt: skip


@dataclass(slots=True)
class Decision:
    """What becomes of a row.  `facts` are the member's facts as they would stand afterwards (sealed ones sealed)."""

    row: Row
    state: str = REJECTED
    member_id: UUID | None = None
    id_hash: bytes = b""
    facts: dict[str, Any] = field(default_factory=dict)
    changed: list[str] = field(default_factory=list)
    # The member's `updated_at` when it was compared: applying refuses when it has changed since.
    seen_at: datetime | None = None
    # The person stands in another branch, or left the roster: moves only when confirmed.
    transfer: bool = False
    id_sealed: bytes | None = None


class Matcher:
    """Decides rows in order.  `scope` holds the paths inside which people may be recognised."""

    def __init__(self, checker: Checker, scope: Sequence[str], today: date) -> None:
        self.checker = checker
        self.scope = tuple(scope)
        self.today = today
        self.seen: dict[bytes, int] = {}

    def decide(self, rows: Iterable[tuple[int, Sequence[Any]]]) -> Iterator[Decision]:
        """Check and decide rows, in batches with one query each."""
        batch: list[Row] = []
        for number, cells in rows:
            batch.append(self.checker.check(number, cells))
            if len(batch) == BATCH:
                yield from self._batch(batch)
                batch = []
        yield from self._batch(batch)

    def _batch(self, batch: list[Row]) -> Iterator[Decision]:
        hashes = [id_hash(row.id_number) if row.id_number else b"" for row in batch]
        known = self._known({found for found in hashes if found})
        for row, hashed in zip(batch, hashes, strict=True):
            yield self._decide(row, hashed, known.get(hashed))

    @staticmethod
    def _known(hashes: set[bytes]) -> dict[bytes, dict[str, Any]]:
        if not hashes:
            return {}
        return {
            bytes(person["id_hash"]): person for person in Member.objects.filter(id_hash__in=hashes).values(*LOADED)
        }

    def _decide(self, row: Row, hashed: bytes, person: dict[str, Any] | None) -> Decision:
        decision = Decision(row, id_hash=hashed)
        if hashed and hashed in self.seen:
            message = _("This person stands in row %(row)s already: please delete one of the two.")
            self._refuse(row, "id_number", "duplicate_in_file", message % {"row": self.seen[hashed]})
        elif person is not None:
            self._recognise(decision, person)
        if not row.accepted:
            return decision
        self.seen[hashed] = row.number
        if person is None:
            self._new(decision)
        else:
            self._compare(decision, person)
        return decision

    def _refuse(self, row: Row, key: str, code: str, message: str, level: str = ERROR) -> None:
        row.problems.append(Problem(row.number, key, self.checker.layout.title(key), level, code, message))

    # --- somebody on file --------------------------------------------------------------------

    def _recognise(self, decision: Decision, person: dict[str, Any]) -> None:
        """Is the person within reach, alive, and in the branch that the roster names?"""
        row = decision.row
        path = person["organization__path"]
        if not any(above <= path < above + AFTER_ANY_STEP for above in self.scope):
            message = _(
                "This person cannot be taken over here: please ask the organization department above to transfer them."
            )
            self._refuse(row, "id_number", "belongs_elsewhere", message)
        elif person["died_on"] is not None:
            message = _(
                "This person's death is on record: please take them off the roster, or correct the record first."
            )
            self._refuse(row, "id_number", "belongs_elsewhere", message)
        elif row.organization_id is not None:
            self._transfer(decision, person)
        if person["full_on"] is not None or person["category"] != Member.Category.FULL:
            self._drop_needless_warning(row, person)

    def _transfer(self, decision: Decision, person: dict[str, Any]) -> None:
        row = decision.row
        if person["left_on"] is not None:
            message = _("This person left the roster on %(day)s: confirm that they have come back, or take them off.")
            words = message % {"day": date_format(person["left_on"], "DATE_FORMAT")}
        elif person["organization_id"] != row.organization_id:
            message = _("This person stands on the roster of %(branch)s: confirm the transfer, or correct the branch.")
            words = message % {"branch": person["organization__name"]}
        else:
            return
        decision.transfer = True
        self._refuse(row, "branch", "transfer", words, WARNING)

    @staticmethod
    def _drop_needless_warning(row: Row, person: dict[str, Any]) -> None:
        """The date is on file, or the file says "probationary" and the roster says nothing: no warning is due."""
        stated = row.facts.get("category")
        if person["full_on"] is not None or (stated is None and person["category"] == Member.Category.PROBATIONARY):
            row.problems[:] = [problem for problem in row.problems if problem.code != "full_date_missing"]

    def _compare(self, decision: Decision, person: dict[str, Any]) -> None:
        facts = dict(decision.row.facts)
        for day, precision in (("joined_on", "joined_precision"), ("full_on", "full_precision")):
            _keep_exact(facts, person, day, precision)
        after = {key: facts.get(key, person[key]) for key in PLAIN}
        decision.changed = [key for key in PLAIN if after[key] != person[key] and not key.endswith("_precision")]
        decision.changed += [
            key[: -len("_precision")] + "_on"
            for key in ("joined_precision", "full_precision")
            if after[key] != person[key] and key[: -len("_precision")] + "_on" not in decision.changed
        ]
        after["suspended_days"] = person["suspended_days"]
        self._sealed(decision, facts, person, after)
        decision.member_id, decision.seen_at, decision.facts = person["id"], person["updated_at"], after
        decision.state = CHANGED if decision.changed else UNCHANGED
        self._refuse_contradiction(decision)

    @staticmethod
    def _sealed(decision: Decision, facts: dict[str, Any], person: dict[str, Any], after: dict[str, Any]) -> None:
        """Sealed facts are compared open, and sealed anew only when they differ."""
        for key in SEALED:
            stated, kept = facts.get(key), person[key]
            after[key] = None  # None: what is on file stays.
            if stated is None:
                continue
            if kept is None or crypto.unseal(kept, table=TABLE, pk=person["id"], field=key) != stated:
                after[key] = crypto.seal(stated, table=TABLE, pk=person["id"], field=key)
                decision.changed.append(key)

    def _refuse_contradiction(self, decision: Decision) -> None:
        """A sheet without the other column may contradict what is on file."""
        after = decision.facts
        if after["full_on"] is None:
            return
        joined = ReadDate(after["joined_on"], after["joined_precision"])
        if ReadDate(after["full_on"], after["full_precision"]).before(joined):
            message = _(
                "The date of becoming a full member on file lies before this date of joining: please check both."
            )
            self._refuse(decision.row, "joined", "full_before_joined", message)
            self.seen.pop(decision.id_hash, None)
            decision.state, decision.transfer = REJECTED, False

    # --- somebody new ------------------------------------------------------------------------

    def _new(self, decision: Decision) -> None:
        row = decision.row
        pk = decision.member_id = uuid7()
        facts = DEFAULTS | row.facts
        facts["category"] = category_of_new(row.facts, self.today)
        facts["suspended_days"] = 0
        for key in SEALED:
            text = row.facts.get(key)
            facts[key] = crypto.seal(text, table=TABLE, pk=pk, field=key) if text else None
        decision.id_sealed = crypto.seal(row.id_number, table=TABLE, pk=pk, field="id_number")
        decision.facts, decision.state = facts, NEW


def _keep_exact(facts: dict[str, Any], person: dict[str, Any], day: str, precision: str) -> None:
    """A roster that names only the month takes nothing away from a file that knows the day of that month."""
    kept = person[day]
    stated = facts.get(day)
    if stated is None or kept is None or facts[precision] != MONTH:
        return
    if person[precision] == DAY and ReadDate(stated, facts[precision]).agrees_with(kept):
        facts[day], facts[precision] = kept, person[precision]
