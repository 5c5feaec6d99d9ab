"""Taking staged rows over: one statement for new people and one for changed ones, each with its history."""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext as _

from members.errors import ChangedMeanwhile
from members.models import Member, Organization
from members.roster.staging import Stage
from members.signals import member_moved, members_changed

if TYPE_CHECKING:
    from carehelp.accounts.models import User

MEMBERS = Member._meta.db_table
HISTORY_MODEL: Any = Member.history.model
HISTORY = HISTORY_MODEL._meta.db_table
HISTORY_OF_ITSELF = ("history_id", "history_date", "history_change_reason", "history_type", "history_user_id")
# The member's columns that history rows keep too.
REMEMBERED = tuple(
    field.column for field in HISTORY_MODEL._meta.concrete_fields if field.column not in HISTORY_OF_ITSELF
)
# Columns that staged rows state, besides the keys.
STATED = (
    "name", "sort_name", "sex", "ethnicity", "birth_on", "education", "occupation", "category", "party_status",
    "joined_on", "joined_precision", "full_on", "full_precision", "party_age_from", "party_age_basis",
    "lost_contact", "lost_since", "floating", "floating_to",
)  # fmt: skip
SEALED = ("phone", "landline", "address")
WRITTEN = "s.roster_id = %(roster)s AND (s.state = 'changed' OR s.moves)"
Tell = Callable[[str], None]


def apply(stage: Stage, *, by: "User | None", today: date, now: datetime, tell: Tell = lambda words: None) -> None:
    """Write the staged rows of an import into the members, with history, inside the caller's transaction.

    Raises `ChangedMeanwhile` when people or branches are no longer as they were when the rows were compared;
    nothing is written then.  `tell` gets a sentence before each long step.
    """
    values = {"roster": stage.roster_id, "now": now, "user": by.pk if by else None}
    _measure(stage)
    _lock_branches(stage)
    sources = _lock_people(stage)
    tell(_("Writing new people …"))
    _insert(stage, values)
    if sources:
        tell(_("Writing changes …"))
        _update(stage, values, expected=len(sources))
    tell(_("Looking at what follows for duties …"))
    _announce(stage, sources, by=by, today=today)


def _measure(stage: Stage) -> None:
    """Give the stage what the planner needs: statistics of what was just copied, and a way to it by member.

    Of the members it may know nothing (rows of the same transaction, just vacuumed by others), and would then
    walk the whole stage once for every member.
    """
    with connection.cursor() as cursor:
        if not stage.kept:
            cursor.execute(
                f"CREATE INDEX IF NOT EXISTS roster_stage_writes ON {stage.table} (member_id)"
                " WHERE state = 'changed' OR moves"
            )
        cursor.execute(f"ANALYZE {stage.table} (roster_id, state, moves, member_id)")


def _lock_branches(stage: Stage) -> None:
    """The branches that people are put into must still be open, and stay so until the end."""
    rows = _select(
        stage,
        "SELECT DISTINCT s.organization_id FROM {stage} s"
        " WHERE s.roster_id = %(roster)s AND (s.state = 'new' OR s.moves)",
    )
    wanted = [pk for (pk,) in rows]
    open_ones = Organization.objects.select_for_update(no_key=True).open().filter(pk__in=wanted).order_by("pk")
    if len(open_ones) != len(wanted):
        raise ChangedMeanwhile(_("A branch was closed in the meantime: please check the roster again."))


def _lock_people(stage: Stage) -> dict[UUID, int]:
    """Branches of the people to be changed, by their ids; refuses when somebody changed since the comparison."""
    rows = _select(
        stage,
        f"SELECT m.id, m.organization_id, m.updated_at = s.seen_at"
        f" FROM {MEMBERS} m JOIN {{stage}} s ON s.member_id = m.id"
        f" WHERE {WRITTEN} ORDER BY m.id FOR NO KEY UPDATE OF m",
    )
    if not all(as_seen for _id, _branch, as_seen in rows):
        raise ChangedMeanwhile(_("Somebody was changed in the meantime: please check the roster again."))
    return {pk: branch for pk, branch, _as_seen in rows}


def _insert(stage: Stage, values: dict[str, Any]) -> None:
    columns, sources = zip(*_new_columns(), strict=True)
    statement = f"""
        WITH written AS (
            INSERT INTO {MEMBERS} ({", ".join(columns)})
            SELECT {", ".join(sources)} FROM {stage.table} s
            WHERE s.roster_id = %(roster)s AND s.state = 'new' ORDER BY s.number
            RETURNING {", ".join(REMEMBERED)}
        ) {_history("+")}"""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement, values)
    except IntegrityError as fault:
        if "one_member_per_id_number" not in str(fault):
            raise
        raise ChangedMeanwhile(_("Somebody was enrolled in the meantime: please check the roster again.")) from fault


def _new_columns() -> list[tuple[str, str]]:
    """Columns of a new member and where their values come from; what no roster states gets the field's default."""
    given = {"id": "s.member_id", "search": "s.search::tsvector", "created_at": "%(now)s", "updated_at": "%(now)s"}
    given |= {column: f"s.{column}" for column in ("organization_id", "id_number", "id_hash", *STATED, *SEALED)}
    for field in Member._meta.concrete_fields:
        if not field.generated and not field.null and field.column not in given:
            default = field.get_default()
            given[field.column] = f"'{default}'" if isinstance(default, str) else str(default)
    return list(given.items())


def _update(stage: Stage, values: dict[str, Any], *, expected: int) -> None:
    changes = [f"{column} = s.{column}" for column in STATED]
    changes += [f"{column} = COALESCE(s.{column}, m.{column})" for column in SEALED]
    changes += [
        "search = s.search::tsvector",
        "organization_id = CASE WHEN s.moves THEN s.organization_id ELSE m.organization_id END",
        # Who is back on the roster is no longer gone; who is in good standing is no longer suspended.
        "left_on = CASE WHEN s.moves THEN NULL ELSE m.left_on END",
        "left_reason = CASE WHEN s.moves THEN '' ELSE m.left_reason END",
        "suspended_on = CASE WHEN s.party_status = 'suspended' THEN m.suspended_on END",
        "updated_at = %(now)s",
    ]
    statement = f"""
        WITH written AS (
            UPDATE {MEMBERS} m SET {", ".join(changes)} FROM {stage.table} s
            WHERE s.member_id = m.id AND {WRITTEN}
            RETURNING {", ".join(f"m.{column}" for column in REMEMBERED)}
        ) {_history("~")}"""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        if cursor.rowcount != expected:
            raise ChangedMeanwhile(_("Somebody was changed in the meantime: please check the roster again."))


def _history(kind: str) -> str:
    return f"""INSERT INTO {HISTORY} ({", ".join(REMEMBERED)}, history_date, history_type, history_user_id)
        SELECT {", ".join(REMEMBERED)}, %(now)s, '{kind}', %(user)s FROM written"""


def _announce(stage: Stage, sources: dict[UUID, int], *, by: "User | None", today: date) -> None:
    rows = _select(
        stage,
        "SELECT s.member_id, s.organization_id, s.moves FROM {stage} s"
        " WHERE s.roster_id = %(roster)s AND (s.state IN ('new', 'changed') OR s.moves) ORDER BY s.number",
    )
    moved = [pk for pk, branch, moves in rows if moves and sources[pk] != branch]
    if moved:
        branches = Organization.objects.in_bulk({sources[pk] for pk in moved})
        for member in Member.objects.select_related("organization").filter(pk__in=moved).order_by("pk"):
            source, target = branches[sources[member.pk]], member.organization
            member_moved.send(Member, member=member, source=source, target=target, by=by, today=today)
    if rows:
        members_changed.send(Member, members=[pk for pk, _branch, _moves in rows], by=by, today=today)


def _select(stage: Stage, statement: str) -> Sequence[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement.format(stage=stage.table), {"roster": stage.roster_id})
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found
