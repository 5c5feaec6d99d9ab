"""A report asked for on screen, as it lies in a job; and the job's work."""

import tempfile
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.utils.translation import gettext as _

from carehelp.jobs.models import Job
from carehelp.jobs.work import Context, JobRefused
from carehelp.lib import clock
from carehelp.lib.pdf import PdfFailed
from carehelp.reports import catalogue, making
from carehelp.reports.periods import Period
from members.models import Member, Organization
from members.roles import EXPORT

if TYPE_CHECKING:
    from carehelp.accounts.models import User

KIND = "report"


def params(
    report: catalogue.Report,
    *,
    period: Period,
    format: str,
    organization: Organization | None = None,
    member: Member | None = None,
) -> dict[str, Any]:
    """What a job keeps of a wish: names and ids only."""
    return {
        "report": report.name,
        "organization": organization.pk if organization else None,
        "member": str(member.pk) if member else None,
        "first": period.first.isoformat(),
        "last": period.last.isoformat(),
        "format": format,
    }


def wish_of(kept: dict[str, Any]) -> making.Wish:
    return making.Wish(
        report=catalogue.report(kept["report"]),
        organization_id=kept["organization"],
        member_id=UUID(kept["member"]) if kept["member"] else None,
        period=Period(date.fromisoformat(kept["first"]), date.fromisoformat(kept["last"])),
        format=kept["format"],
    )


def title_of(kept: dict[str, Any]) -> str:
    """What a list of jobs calls it."""
    return f"{catalogue.report(kept['report']).title} · {kept['first']} — {kept['last']} · {kept['format'].upper()}"


def told(jobs: list[Job], reader: "User") -> list[tuple[Job, str, str]]:
    """Jobs with what they make and of whom, as far as the reader may still see them (two queries)."""
    members = {str(pk) for pk in (job.params["member"] for job in jobs) if pk}
    people = {str(m.pk): m.name for m in Member.objects.visible_to(reader, EXPORT).filter(pk__in=members).only("name")}
    at = {job.organization_id for job in jobs}
    named = Organization.objects.visible_to(reader, EXPORT).filter(pk__in=at)
    organizations = dict(named.values_list("pk", "name"))
    return [
        (
            job,
            title_of(job.params),
            people.get(job.params["member"], "")
            if job.params["member"]
            else organizations.get(job.organization_id or 0, ""),
        )
        for job in jobs
    ]


def make_report(context: Context) -> None:
    """The job: scope is asked anew here, for an appointment may have ended since the report was asked for."""
    job = context.job

    def told(done: int, total: int) -> None:
        context.progress(done, max(total, 1), _("Laying out rows"))

    wish = wish_of(job.params)
    with tempfile.TemporaryDirectory(prefix="carehelp-report-") as folder:
        output = Path(folder) / f"report.{wish.format}"
        try:
            outcome = making.make(wish, output, by=job.owner, today=clock.today(), now=clock.now(), progress=told)
        except (making.NotPossible, PdfFailed) as reason:
            raise JobRefused(str(reason)) from None
        context.keep_file(output, name=outcome.file_name)
    job.message = _("%(rows)s rows, %(pages)s pages") % {"rows": outcome.rows, "pages": outcome.pages}
    if not outcome.pages:
        job.message = _("%(rows)s rows") % {"rows": outcome.rows}
