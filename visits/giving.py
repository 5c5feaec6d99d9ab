"""The set statements under the planner: give, void and move duties, each with its history in the same statement.

The database does the loop.  Every statement is put together from our own constants; values are parameters.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from django.db import connection
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from visits.audiences import AUDIENCES
from visits.calendar import Occurrence
from visits.models import Duty
from visits.rules.rule import Rule
from visits.rules.vocabulary import Anniversary

# Why the planner ended a duty: codes in the row, words on the screen.
DIED: Final = "member-died"
LEFT: Final = "member-left"
SUSPENDED: Final = "member-suspended"
GROUND_GONE: Final = "ground-gone"
REASONS: dict[str, Promise] = {
    DIED: _("the member has died"),
    LEFT: _("the member has left the roster"),
    SUSPENDED: _("membership is suspended"),
    GROUND_GONE: _("the facts that it rested on were corrected"),
}

# A time-ordered UUID (version 7), so that a million new rows fill the index at its end.
UUID7 = """encode(set_bit(set_bit(overlay(uuid_send(gen_random_uuid()) PLACING
    substring(int8send((extract(epoch FROM clock_timestamp()) * 1000)::bigint) FROM 3) FROM 1 FOR 6), 52, 1), 53, 1),
    'hex')::uuid"""

_OCCURRENCE = "(%s::smallint, %s::date, %s::date, %s, %s, %s::date, %s::date, %s::date, %s::jsonb)"
_COLUMNS = "joined_key, joined_before, cutoff, period, anchor, opens, due, grace_until, terms"


def reason_label(code: str) -> str:
    """The words for why a duty ended; what a person wrote stands for itself."""
    return str(REASONS.get(code, code))


@dataclass(frozen=True)
class Chosen:
    """A choice of members, as SQL for use after `IN` and its parameters."""

    sql: str
    params: tuple[Any, ...] = ()

    @classmethod
    def of(cls, ids: Sequence[UUID]) -> "Chosen":
        return cls("(SELECT unnest(%s::uuid[]))", ([str(pk) for pk in ids],))


def give(rule: Rule, occurrences: Sequence[Occurrence], chosen: Chosen | None = None) -> tuple[int, int]:
    """Give everybody (or those chosen) their duties of these occurrences: how many were created, how many reopened.

    A duty that is there already is left alone, whatever became of it: done, waived, open.  Only one that the planner
    itself had voided (a death recorded by mistake, a date corrected) opens again, under the terms of today.
    """
    # One batch for each where an earlier occurrence decides about a later one, one for all otherwise.
    batches = [[one] for one in occurrences] if AUDIENCES[rule.who].once else [list(occurrences)] if occurrences else []
    created = reopened = 0
    for batch in batches:
        reopened += _reopen(rule, batch, chosen)
        created += _create(rule, batch, chosen)
    return created, reopened


def _create(rule: Rule, occurrences: Sequence[Occurrence], chosen: Chosen | None) -> int:
    table, rows = _as_table(rule, occurrences)
    conditions, values = _concerned(rule, chosen)
    sql = f"""
        WITH occurrence ({_COLUMNS}) AS (VALUES {table}),
        given AS (
            INSERT INTO visits_duty AS d (id, rule_code, article, organization_id, member_id, subject_key, period,
                                          opens, due, grace_until, terms, status, end_reason, created_at)
            SELECT {UUID7}, %s, %s, m.organization_id, m.id, 'm:' || m.id, o.period,
                   o.opens, o.due, o.grace_until, o.terms, 'open', '', statement_timestamp()
            FROM occurrence o JOIN members_member m ON {conditions}
            ON CONFLICT (rule_code, subject_key, period) DO NOTHING
            RETURNING {_returning()}
        ),
        noted AS ({_note("given", "+")})
        SELECT count(*) FROM given
    """
    return _count(sql, [*rows, rule.code, rule.article, *values, None])


def _reopen(rule: Rule, occurrences: Sequence[Occurrence], chosen: Chosen | None) -> int:
    table, rows = _as_table(rule, occurrences)
    conditions, values = _concerned(rule, chosen)
    sql = f"""
        WITH occurrence ({_COLUMNS}) AS (VALUES {table}),
        reopened AS (
            UPDATE visits_duty d
            SET status = 'open', ended_on = NULL, ended_by_id = NULL, end_reason = '', article = %s,
                organization_id = m.organization_id, opens = o.opens, due = o.due, grace_until = o.grace_until,
                terms = o.terms
            FROM occurrence o JOIN members_member m ON {conditions}
            WHERE d.member_id = m.id AND d.rule_code = %s AND d.period = o.period
                AND d.status = 'void' AND d.end_reason = ANY(%s)
            RETURNING {_returning()}
        ),
        noted AS ({_note("reopened", "~")})
        SELECT count(*) FROM reopened
    """
    return _count(sql, [*rows, rule.article, *values, rule.code, list(REASONS), None])


def _concerned(rule: Rule, chosen: Chosen | None) -> tuple[str, list[Any]]:
    """Which members `m` an occurrence `o` of the rule concerns, as a condition and its parameters."""
    audience = AUDIENCES[rule.who]
    conditions = [_link(rule), audience.fits]
    values: list[Any] = []
    if chosen:
        conditions.append(f"m.id IN {chosen.sql}")
        values += chosen.params
    if audience.once:
        conditions.append(
            "NOT EXISTS (SELECT 1 FROM visits_duty e WHERE e.member_id = m.id AND e.rule_code = %s"
            " AND e.status IN ('open', 'done'))"
        )
        values.append(rule.code)
    return " AND ".join(conditions), values


def void_without_ground(
    rule: Rule, occurrences: Sequence[Occurrence], chosen: Chosen, *, on: date, by_id: int | None
) -> int:
    """End as void the open duties of those chosen that nobody would be given today; gives their number.

    `occurrences` must hold every occurrence that such a duty may have come from; none for a rule of events.
    """
    audience = AUDIENCES[rule.who]
    table, params = _as_table(rule, occurrences)
    grounds = audience.fits
    if occurrences:
        # A duty that somebody else wrote without an anchor is judged by its period alone.
        grounds = f"""EXISTS (SELECT 1 FROM (VALUES {table}) AS o ({_COLUMNS})
            WHERE o.period = d.period AND o.anchor = coalesce(d.terms ->> 'anchor', o.anchor)
            AND {_link(rule)} AND {audience.fits})"""
    sql = f"""
        WITH ended AS (
            UPDATE visits_duty d SET status = 'void', ended_on = %s, ended_by_id = %s, end_reason = CASE
                WHEN m.died_on IS NOT NULL THEN %s
                WHEN m.left_on IS NOT NULL THEN %s
                WHEN m.party_status <> 'normal' THEN %s
                ELSE %s END
            FROM members_member m
            WHERE m.id = d.member_id AND d.rule_code = %s AND d.status = 'open' AND m.id IN {chosen.sql}
                AND NOT {grounds if occurrences else f"({grounds})"}
            RETURNING {_returning()}
        ),
        noted AS ({_note("ended", "~")})
        SELECT count(*) FROM ended
    """
    values = [on, by_id, DIED, LEFT, SUSPENDED, GROUND_GONE, rule.code, *chosen.params, *params, by_id]
    return _count(sql, values)


def move_with_members(chosen: Chosen, *, by_id: int | None) -> int:
    """Let the open duties of those chosen stand where the member stands now; what has ended stays where it was."""
    sql = f"""
        WITH moved AS (
            UPDATE visits_duty d SET organization_id = m.organization_id
            FROM members_member m
            WHERE m.id = d.member_id AND d.status = 'open' AND d.organization_id <> m.organization_id
                AND m.id IN {chosen.sql}
            RETURNING {_returning()}
        ),
        noted AS ({_note("moved", "~")})
        SELECT count(*) FROM moved
    """
    return _count(sql, [*chosen.params, by_id])


def openings_of(chosen: Chosen) -> dict[str, tuple[date, date]]:
    """By rule, the earliest and the latest opening among the open duties of those chosen."""
    sql = f"""
        SELECT rule_code, min(opens), max(opens) FROM visits_duty
        WHERE status = 'open' AND member_id IN {chosen.sql} GROUP BY rule_code
    """
    with connection.cursor() as cursor:
        cursor.execute(sql, chosen.params)
        return {code: (first, last) for code, first, last in cursor.fetchall()}


def _as_table(rule: Rule, occurrences: Sequence[Occurrence]) -> tuple[str, list[Any]]:
    """Occurrences as rows of VALUES, one for each key they concern, and their parameters."""
    audience = AUDIENCES[rule.who]
    params: list[Any] = []
    rows = 0
    for one in occurrences:
        # The first anniversary is in the year after joining.
        common = [date(one.year, 1, 1), audience.cutoff(one), one.period, one.anchor]
        dates = [one.dates.opens, one.dates.due, one.dates.grace_until, json.dumps(rule.terms(one.anchor))]
        for key in one.joined_keys or (None,):
            params += [key, *common, *dates]
            rows += 1
    return ", ".join([_OCCURRENCE] * rows), params


def _link(rule: Rule) -> str:
    if isinstance(rule.when, Anniversary):
        return "m.joined_key = o.joined_key AND m.joined_on < o.joined_before"
    return "TRUE"


def _tracked() -> list[str]:
    return [field.column for field in Duty.history.model.tracked_fields]


def _returning() -> str:
    return ", ".join(f"d.{column}" for column in _tracked())


def _note(source: str, kind: str) -> str:
    columns = ", ".join(_tracked())
    return f"""
        INSERT INTO visits_historicalduty ({columns}, history_date, history_type, history_user_id)
        SELECT {columns}, statement_timestamp(), '{kind}', %s::bigint FROM {source}
    """


def _count(sql: str, params: Sequence[Any]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return int(cursor.fetchone()[0])
