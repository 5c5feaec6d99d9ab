"""Turns rules into duties: from a watermark per rule, set by set, the same however often, late or parallel it runs.

Everything of one run happens in one transaction, each rule in a savepoint of its own.  If the process dies anywhere,
nothing of the run is there and the next one does it all; a rule that fails is written down, keeps its mark, and stops
no other.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

import structlog
from django.db import connection, transaction

from carehelp.lib import clock
from visits.calendar import Occurrence, in_window_on, opening_between
from visits.giving import Chosen, give, move_with_members, openings_of, void_without_ground
from visits.models import PlanMark
from visits.rules import catalogue
from visits.rules.rule import Rule

if TYPE_CHECKING:
    from carehelp.accounts.models import User

log = structlog.get_logger(__name__)
# One planner (or large replanning) at a time; any constant does that nothing else in this database uses.
TURN = 20190011
SWEPT = Chosen("(SELECT member_id FROM visits_swept)")


@dataclass
class RuleOutcome:
    """What planning one rule did; `failed` says in one line why it did not."""

    code: str
    created: int = 0
    reopened: int = 0
    voided: int = 0
    failed: str = ""


@dataclass
class PlanOutcome:
    """What one run did."""

    on: date
    planned_through: date | None = None
    moved: int = 0
    rules: list[RuleOutcome] = field(default_factory=list)

    @property
    def created(self) -> int:
        return sum(rule.created for rule in self.rules)

    @property
    def reopened(self) -> int:
        return sum(rule.reopened for rule in self.rules)

    @property
    def voided(self) -> int:
        return sum(rule.voided for rule in self.rules)

    @property
    def failed(self) -> list[str]:
        """Codes of the rules that could not be planned."""
        return [rule.code for rule in self.rules if rule.failed]


def planned_through() -> date | None:
    """The day through which every rule in force has been planned; None when some rule never was."""
    marks = dict(PlanMark.objects.values_list("rule_code", "planned_through"))
    days = [marks.get(rule.code) for rule in catalogue.rules() if rule.is_planned]
    return None if None in days else min((day for day in days if day), default=None)


@dataclass(frozen=True)
class Standing:
    """How far one rule has been planned, and when the last attempt failed (None: it did not)."""

    rule: Rule
    through: date | None
    failed_at: datetime | None


def standings() -> list[Standing]:
    """Every rule with how far it has been planned, in the order of the file."""
    marks = PlanMark.objects.in_bulk(field_name="rule_code")
    found = [(rule, marks.get(rule.code)) for rule in catalogue.rules()]
    return [
        Standing(rule, mark.planned_through if mark else None, mark.failed_at if mark else None) for rule, mark in found
    ]


def plan(on: date) -> PlanOutcome:
    """Give the duties whose windows opened through `on` and see to members whose facts changed since the last run.

    Each rule goes on from its own mark: after days without a run everything that opened meanwhile is given.  A rule
    that is new or has changed, or a day before the mark, is planned over every window open on `on`.
    """
    outcome = PlanOutcome(on)
    with transaction.atomic():
        _take_turn()
        marks = PlanMark.objects.in_bulk(field_name="rule_code")
        swept = _sweep()
        if swept:
            outcome.moved = move_with_members(SWEPT, by_id=None)
        openings = openings_of(SWEPT) if swept else {}
        for rule in catalogue.rules():
            if rule.in_force:
                mark = marks.setdefault(rule.code, PlanMark(rule_code=rule.code))
                outcome.rules.append(_plan_rule(rule, mark, on, openings.get(rule.code), swept))
        _keep(marks.values())
        farther = any(mark.planned_through and mark.planned_through > on for mark in marks.values())
        if swept and (outcome.failed or farther):
            # The rule that failed, or the days after this one, have not looked at them yet.
            _execute("INSERT INTO members_memberchange (member_id) SELECT member_id FROM visits_swept")
        outcome.planned_through = planned_through()
    log.info("planned", on=on.isoformat(), created=outcome.created, voided=outcome.voided, failed=outcome.failed)
    return outcome


def replan_members(ids: Sequence[UUID], *, on: date, by: "User | None") -> PlanOutcome:
    """Bring the duties of these members in line with their facts as they stand now, inside the caller's transaction.

    Open duties whose ground fell away (death, leaving, suspension, a corrected date) end as void with the reason,
    the others follow the member to the branch, and those whose window is open on `on` are given.
    """
    outcome = PlanOutcome(on)
    chosen, by_id = Chosen.of(ids), by.pk if by else None
    with transaction.atomic():
        if len(ids) > 1:
            # Two that insert many rows in different orders could block each other; one member's rows cannot.
            _take_turn()
        outcome.moved = move_with_members(chosen, by_id=by_id)
        openings = openings_of(chosen)
        for rule in catalogue.rules():
            if rule.in_force:
                done = RuleOutcome(rule.code)
                _void(rule, chosen, openings.get(rule.code), done, on=on, by_id=by_id)
                if rule.is_planned:
                    _give(rule, in_window_on(rule.when, rule.window, on), done, chosen)
                outcome.rules.append(done)
    return outcome


def follow_members(ids: Sequence[UUID], *, by: "User | None") -> int:
    """Let open duties follow members to their new branch; gives the number of duties."""
    return move_with_members(Chosen.of(ids), by_id=by.pk if by else None)


def _plan_rule(rule: Rule, mark: PlanMark, on: date, openings: tuple[date, date] | None, swept: bool) -> RuleOutcome:
    """Plan one rule in a savepoint of its own and move its mark (not saved yet)."""
    done = RuleOutcome(rule.code)
    try:
        with transaction.atomic():
            _void(rule, SWEPT, openings, done, on=on, by_id=None)
            if rule.is_planned:
                went_on = _give_everybody(rule, mark, on, done)
                if swept and went_on:
                    _give(rule, in_window_on(rule.when, rule.window, on), done, SWEPT)
    except Exception as reason:  # Whatever it is, it must not stop the other rules.
        mark.failed_at, mark.failure = clock.now(), f"{type(reason).__name__}: {reason}".partition("\n")[0][:300]
        log.exception("rule not planned", rule=rule.code)
        return RuleOutcome(rule.code, failed=mark.failure)
    mark.failed_at, mark.failure = None, ""
    if rule.is_planned:
        mark.planned_through, mark.fingerprint = max(on, mark.planned_through or on), rule.fingerprint
    return done


def _give_everybody(rule: Rule, mark: PlanMark, on: date, done: RuleOutcome) -> bool:
    """Go on from the rule's mark, or give every window open on `on` (then false)."""
    planned = mark.planned_through if mark.fingerprint == rule.fingerprint else None
    if planned and planned <= on:
        _give(rule, opening_between(rule.when, rule.window, planned + timedelta(days=1), on), done)
        return True
    _give(rule, in_window_on(rule.when, rule.window, on), done)
    return False


def _keep(marks: Iterable[PlanMark]) -> None:
    PlanMark.objects.bulk_create(
        marks,
        update_conflicts=True,
        unique_fields=["rule_code"],
        update_fields=["planned_through", "fingerprint", "failed_at", "failure"],
    )


def _give(rule: Rule, occurrences: list[Occurrence], done: RuleOutcome, chosen: Chosen | None = None) -> None:
    created, reopened = give(rule, occurrences, chosen)
    done.created, done.reopened = done.created + created, done.reopened + reopened


def _void(
    rule: Rule, chosen: Chosen, openings: tuple[date, date] | None, done: RuleOutcome, *, on: date, by_id: int | None
) -> None:
    """End what has no ground any more; before anything is given, so that a corrected date finds its place free."""
    if openings:
        grounds = opening_between(rule.when, rule.window, *_widened(openings))
        done.voided += void_without_ground(rule, grounds, chosen, on=on, by_id=by_id)


def _widened(openings: tuple[date, date]) -> tuple[date, date]:
    # Duties given under earlier terms of the rule may have opened on other days than its occurrences do now.
    return openings[0] - timedelta(days=400), openings[1] + timedelta(days=400)


def _take_turn() -> None:
    _execute("SELECT pg_advisory_xact_lock(%s)", [TURN])


def _sweep() -> bool:
    """Take the notes about changed members that are there now into a table of this transaction; true if any.

    What a transaction writes that commits later stays for the next run: nothing is lost between the two.
    """
    if not _execute("SELECT FROM members_memberchange LIMIT 1"):
        return False
    _execute("DROP TABLE IF EXISTS pg_temp.visits_swept")
    _execute("CREATE TEMPORARY TABLE visits_swept (member_id uuid PRIMARY KEY) ON COMMIT DROP")
    found = _execute("""
        WITH taken AS (DELETE FROM members_memberchange RETURNING member_id)
        INSERT INTO visits_swept SELECT DISTINCT member_id FROM taken
    """)
    if found:
        _execute("ANALYZE visits_swept")
    return bool(found)


def _execute(sql: str, params: Sequence[Any] = ()) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return int(cursor.rowcount)
