"""An import on screen, step by step: sent, columns checked, read, previewed, confirmed, taken over.

Each step is a conditional update of the import's state, so that a second click or a second worker finds nothing
left to do.  Work that takes longer than a page runs as a job; if its worker dies, the database has nothing of it
and `settle` gives the import back to the person.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import Count, Q
from django.urls import reverse
from django.utils.translation import gettext as _

from carehelp.jobs import work
from carehelp.jobs.models import Job
from carehelp.lib import clock
from carehelp.lib.sheets import CannotRead, SheetRows, open_workbook
from members.access import powers_of
from members.errors import AlreadyRecorded, ChangedMeanwhile, NotPossible
from members.models import Organization, RosterImport, RosterRow
from members.roles import IMPORT_PEOPLE
from members.roster import applying, tree, vault
from members.roster.columns import SEARCHED_ROWS, Layout, NoHeader, layout_at, recognize
from members.roster.direct import matcher_for, record_import, wait_for_other_imports
from members.roster.matching import Decision
from members.roster.reading import HeaderNotFound, Table, find_table
from members.roster.staging import Counts, Stage

if TYPE_CHECKING:
    from carehelp.accounts.models import User

State = RosterImport.State
READ, APPLY = "roster-read", "roster-apply"
UNFINISHED_FOR = timedelta(days=7)
REJECTED_FOR = timedelta(days=30)
STEP = 1000  # Rows between two reports of progress.


# --- sent ------------------------------------------------------------------------------------


def start(*, kind: str, organization: Organization, content: bytes, file_name: str, by: "User") -> RosterImport:
    """Take a workbook in.  Raises `CannotRead` for a file that is none; nothing is kept of it then."""
    roster = RosterImport(kind=kind, organization=organization, uploaded_by=by, file_name=file_name[-200:])
    if roster.is_roster:
        sheet, layout = _first_guess(content)
        roster.sheet_name, roster.layout = sheet[:80], layout.as_json()
    else:
        roster.counts = _organization_counts(content, organization)
        roster.state = State.PREVIEW
    with transaction.atomic():
        roster.save(force_insert=True)
        vault.keep(roster.pk, content)
    return roster


def _first_guess(content: bytes) -> tuple[str, Layout]:
    """The recognised table; where no header is found, the largest sheet, for a person to say what it holds."""
    try:
        table = find_table(content)
    except HeaderNotFound:
        sheet = max(open_workbook(content), key=lambda candidate: candidate.height)
        return sheet.name, Layout(1, {}, layout_at(sheet.head(1), 1).titles)
    return table.sheet.name, table.layout


# --- columns ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Look:
    """A sheet of the uploaded workbook with what its columns are taken for, and the names of all its sheets."""

    sheet: SheetRows
    layout: Layout
    names: tuple[str, ...]


def look_at(roster: RosterImport, *, sheet_name: str = "", header_row: int | None = None) -> Look:
    """What is kept of the columns; or, for another sheet or header row, what is recognised there."""
    sheets = [sheet for sheet in open_workbook(vault.fetch(roster.pk)) if sheet.height]
    names = tuple(sheet.name for sheet in sheets)
    wanted = sheet_name or roster.sheet_name
    sheet = next((sheet for sheet in sheets if sheet.name == wanted), sheets[0])
    kept = Layout.from_json(roster.layout)
    if sheet.name[:80] == roster.sheet_name and header_row in (None, kept.header_row):
        return Look(sheet, kept, names)
    return Look(sheet, _layout_for(sheet, header_row), names)


def _layout_for(sheet: SheetRows, header_row: int | None) -> Layout:
    head = sheet.head(SEARCHED_ROWS)
    if header_row is not None and 1 <= header_row <= len(head):
        return layout_at(head, header_row)
    try:
        return recognize(head)
    except NoHeader:
        return Layout(1, {}, layout_at(head, 1).titles)


def choose_columns(roster: RosterImport, *, sheet_name: str, layout: Layout, by: "User") -> Job:
    """Settle what the columns mean and begin to read.  Raises `NotPossible` when a needed one is missing."""
    needs_branch = not (roster.organization.is_open and roster.organization.kind in ("branch", "group"))
    missing = layout.missing(needs_branch=needs_branch)
    if missing:
        raise NotPossible(_("Please say which column holds: %(columns)s.") % {"columns": "、".join(missing)})
    with transaction.atomic():
        job = work.ask(READ, by=by, organization_id=roster.organization_id, roster=str(roster.pk))
        _advance(
            roster,
            [State.UPLOADED, State.PREVIEW],
            State.READING,
            job_id=job.pk,
            sheet_name=sheet_name[:80],
            layout=layout.as_json(),
            counts={},
        )
    return job


def reopen(roster: RosterImport) -> None:
    """Back from the preview to the columns; nothing happens when the import has gone on already."""
    RosterImport.objects.filter(pk=roster.pk, state=State.PREVIEW, kind=RosterImport.Kind.ROSTER).update(
        state=State.UPLOADED
    )


# --- read ------------------------------------------------------------------------------------


def read(context: work.Context) -> None:
    """Job: check and compare every row and keep the outcome for the preview."""
    job = context.job
    roster = _of(job, State.READING)
    try:
        table = _table(roster)
        scope = powers_of(job.owner).paths(IMPORT_PEOPLE)
        with transaction.atomic():
            roster.rows.all().delete()
            counts = _stage(roster, table, scope, context, today=clock.today())
            _advance(roster, [State.READING], State.PREVIEW, counts=counts.as_json())
    except CannotRead as reason:
        raise work.JobRefused(str(reason)) from reason
    job.result = {"next": reverse("members:import", args=[roster.pk])}


def _table(roster: RosterImport) -> Table:
    for sheet in open_workbook(vault.fetch(roster.pk)):
        if sheet.name[:80] == roster.sheet_name:
            return Table(sheet, Layout.from_json(roster.layout))
    raise CannotRead(_("The sheet is no longer in the workbook: please upload it again."))


def _stage(roster: RosterImport, table: Table, scope: list[str], context: work.Context, *, today: date) -> Counts:
    matcher = matcher_for(table, roster.organization, scope, today)
    total = max(1, table.sheet.height - table.layout.header_row)
    counts = Counts()
    for decision in Stage(roster.pk, kept=True).write(_reported(matcher.decide(table.rows()), context, total)):
        counts.add(decision, moves=False)
    if not counts.rows:
        raise CannotRead(_("The sheet has a header but no rows below it."))
    return counts


def _reported(decisions: Iterator[Decision], context: work.Context, total: int) -> Iterator[Decision]:
    for done, decision in enumerate(decisions):
        if done % STEP == 0:
            context.progress(min(done, total), total, _("Checking rows …"))
        yield decision


# --- preview ---------------------------------------------------------------------------------


def confirm_transfers(roster: RosterImport, *, shown: list[int], ticked: list[int]) -> None:
    """Keep which of the transfers shown on a page are confirmed (numbers of rows)."""
    with transaction.atomic():
        transfers = RosterRow.objects.filter(roster=_locked(roster, State.PREVIEW), transfer=True)
        transfers.filter(number__in=shown).update(moves=False)
        transfers.filter(number__in=set(ticked) & set(shown)).update(moves=True)


def confirm_all_transfers(roster: RosterImport, *, moves: bool) -> None:
    with transaction.atomic():
        RosterRow.objects.filter(roster=_locked(roster, State.PREVIEW), transfer=True).update(moves=moves)


def confirm(roster: RosterImport, *, by: "User") -> Job:
    """Say yes to what the preview shows.  Raises `AlreadyRecorded` for everybody but the first."""
    with transaction.atomic():
        job = work.ask(APPLY, by=by, organization_id=roster.organization_id, roster=str(roster.pk))
        _advance(roster, [State.PREVIEW], State.APPLYING, job_id=job.pk)
    return job


def discard(roster: RosterImport, *, now: datetime) -> None:
    """Drop an import that was not taken over, its rows and its file."""
    with transaction.atomic():
        _advance(roster, [State.UPLOADED, State.PREVIEW], State.DISCARDED, ended_at=now)
        RosterRow.objects.filter(roster=roster).delete()
    vault.drop(roster.pk)


# --- taken over ------------------------------------------------------------------------------


def apply(context: work.Context) -> None:
    """Job: write what was confirmed, all of it or nothing.  Killed half-way, it can simply be run again."""
    job = context.job
    try:
        with transaction.atomic():
            roster = _locked(_of(job, State.APPLYING), State.APPLYING)
            wait_for_other_imports()
            if roster.is_roster:
                _apply_roster(roster, context)
            else:
                _apply_organizations(roster, context)
            _advance(roster, [State.APPLYING], State.DONE, ended_at=clock.now(), counts=roster.counts)
    except (ChangedMeanwhile, NotPossible, CannotRead) as reason:
        RosterImport.objects.filter(pk=job.params["roster"], state=State.APPLYING).update(state=_before(job))
        raise work.JobRefused(str(reason)) from reason
    vault.drop(roster.pk)
    job.result = {"next": reverse("members:import", args=[roster.pk])}


def _apply_roster(roster: RosterImport, context: work.Context) -> None:
    steps = iter(range(100))
    stage = Stage(roster.pk, kept=True)
    rows = RosterRow.objects.filter(roster=roster)
    tally = rows.aggregate(
        created=Count("pk", filter=Q(state="new")),
        updated=Count("pk", filter=Q(state="changed") | Q(moves=True)),
        unchanged=Count("pk", filter=Q(state="unchanged", moves=False)),
        moved=Count("pk", filter=Q(moves=True)),
    )
    roster.counts |= tally
    applying.apply(
        stage,
        by=context.job.owner,
        today=clock.today(),
        now=clock.now(),
        tell=lambda words: context.progress(next(steps), 4, words),
    )
    rows.exclude(state="rejected").delete()  # What was done is in the members' history.
    counts = Counts(**{name: roster.counts[name] for name in Counts.__dataclass_fields__})
    record_import(tree.target_of(roster.pk), roster.organization, counts, by=context.job.owner)


def _apply_organizations(roster: RosterImport, context: work.Context) -> None:
    planned = tree.plan(vault.fetch(roster.pk), within=roster.organization)
    if planned.fingerprint() != roster.counts["fingerprint"]:
        raise ChangedMeanwhile(_("The organizations have changed in the meantime: please look at the preview again."))
    tree.carry_out(
        planned,
        by=context.job.owner,
        tell=lambda done, total: context.progress(done, total, _("Writing organizations …")),
    )
    tree.record_import(tree.target_of(roster.pk), roster.organization, planned, by=context.job.owner)


def organization_plan(roster: RosterImport) -> tree.Plan:
    """The preview of an import of organizations: reckoned anew, and remembered as what a confirmation means."""
    planned = tree.plan(vault.fetch(roster.pk), within=roster.organization)
    counts = planned.counts() | {"fingerprint": planned.fingerprint()}
    if counts != roster.counts:
        RosterImport.objects.filter(pk=roster.pk, state=State.PREVIEW).update(counts=counts)
        roster.counts = counts
    return planned


def _organization_counts(content: bytes, organization: Organization) -> dict[str, Any]:
    planned = tree.plan(content, within=organization)
    return planned.counts() | {"fingerprint": planned.fingerprint()}


# --- in between ------------------------------------------------------------------------------


def settle(roster: RosterImport, job: Job | None) -> RosterImport:
    """Give an import back to the person when its job ended without success: to the columns, or to the preview."""
    if roster.is_running and (job is None or (job.ended and job.state != Job.State.DONE)):
        back = State.UPLOADED if roster.state == State.READING else State.PREVIEW
        RosterImport.objects.filter(pk=roster.pk, state=roster.state, job_id=roster.job_id).update(state=back)
        roster.refresh_from_db()
    return roster


def expire(now: datetime) -> None:
    """Forget what nobody went on with, and rejected rows that nobody fetched (both hold people's data)."""
    unfinished = RosterImport.objects.filter(
        state__in=[State.UPLOADED, State.PREVIEW], created_at__lt=now - UNFINISHED_FOR
    )
    for roster in unfinished:
        discard(roster, now=now)
    for roster in RosterImport.objects.filter(state=State.DONE, ended_at__lt=now - REJECTED_FOR):
        if RosterRow.objects.filter(roster=roster).delete()[0]:
            RosterImport.objects.filter(pk=roster.pk).update(counts=roster.counts | {"forgotten": True})
    under_way = RosterImport.objects.exclude(state__in=[State.DONE, State.DISCARDED])
    vault.drop_all_but(set(under_way.values_list("pk", flat=True)))


def register() -> None:
    """Make the two jobs known (called once when the apps are ready)."""
    work.register(READ, read)
    work.register(APPLY, apply)


def _of(job: Job, state: str) -> RosterImport:
    """The import that the job is about, if it is still the job's turn (a job given to two workers runs once)."""
    roster = RosterImport.objects.select_related("organization").filter(pk=job.params["roster"]).first()
    if roster is None or roster.state != state or roster.job_id != job.pk:
        raise work.JobRefused(_("This import has gone on in the meantime: nothing was changed."))
    return roster


def _locked(roster: RosterImport, state: str) -> RosterImport:
    """The import, locked in that state until the transaction ends; raises `AlreadyRecorded` when it has gone on."""
    locked = RosterImport.objects.select_for_update(of=("self",)).select_related("organization").get(pk=roster.pk)
    if locked.state != state:
        raise AlreadyRecorded(_("This import has gone on in the meantime: nothing was changed."))
    return locked


def _advance(roster: RosterImport, before: list[str], after: str, **values: Any) -> None:
    """Take the import to its next state; the conditional update decides who was first."""
    if not RosterImport.objects.filter(pk=roster.pk, state__in=before).update(state=after, **values):
        raise AlreadyRecorded(_("This import has gone on in the meantime: nothing was changed."))


def _before(job: Job) -> str:
    """Where an import goes back to when it could not be taken over: a roster must be compared anew."""
    roster = RosterImport.objects.get(pk=job.params["roster"])
    return State.UPLOADED if roster.is_roster else State.PREVIEW
