"""Files that leave the product hold what their asker may see, and nothing from next door."""

from pathlib import Path

import pytest
from django.urls import reverse

from carehelp.accounts.models import User
from carehelp.jobs.models import Job
from carehelp.reports import catalogue
from tests.access.world import World
from tests.reports import reading


@pytest.mark.parametrize("format", catalogue.FORMATS)
@pytest.mark.parametrize("report", catalogue.REPORTS, ids=lambda report: report.name)
def test_a_report_holds_no_word_from_next_door(
    report: catalogue.Report, format: str, world: World, tmp_path: Path, django_capture_on_commit_callbacks
) -> None:
    here, client = world.places["here"], world.clients["secretary"]
    address = reverse("reports:ask", args=[report.name])
    if report.is_about_person:
        address += f"?member={here.member.pk}"
    with django_capture_on_commit_callbacks(execute=True):
        client.post(address, {"organization": here.organization.code, "preset": "year", "format": format})
    job = Job.objects.exclude(kind="nothing").get()
    assert job.state == Job.State.DONE, job.message
    content = b"".join(client.get(reverse("jobs:file", args=[job.pk])).streaming_content)
    made = tmp_path / f"got.{format}"
    made.write_bytes(content)
    told = reading.text(made) if format == "pdf" else repr(reading.sheets(made))
    told = "".join(told.split())
    assert here.member.name in told
    outside = [world.places[key] for key in ("next", "far")]
    secrets = [word for place in outside for word in [*place.words, place.organization.name]]
    assert [word for word in secrets if word in told] == []
    # An ID number is never printed in full, not even at home.
    assert here.words[3] not in told


@pytest.mark.parametrize("report", [report for report in catalogue.REPORTS if report.is_about_person])
def test_a_person_from_next_door_cannot_be_asked_for(report: catalogue.Report, world: World, neighbour: User) -> None:
    address = reverse("reports:ask", args=[report.name])
    foreign = world.places["next"].member.pk
    assert world.clients["secretary"].get(f"{address}?member={foreign}").status_code == 404
    answer = world.clients["secretary"].post(f"{address}?member={foreign}", {"preset": "year", "format": "pdf"})
    assert answer.status_code == 404
    assert not Job.objects.exclude(kind="nothing").exists()
