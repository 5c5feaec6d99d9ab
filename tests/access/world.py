"""A small county in which every place has rows of every kind, marked with words that must not leave the place."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import xlsxwriter
from django.conf import settings
from django.test import Client
from PIL import Image

from carehelp.accounts.models import User
from carehelp.jobs import work
from carehelp.jobs.models import Job
from carehelp.lib.ids import uuid7
from members.models import Member, Organization
from members.models.roster import RosterImport
from members.roles import Role
from members.roster import intake
from tests import people
from tests.conftest import County, signed_in
from visits import actions, photos
from visits.models import CareAction, Duty, Photo

SURNAMES = {"here": "东", "next": "前", "far": "临"}


@dataclass
class Place:
    """A branch with one row of everything; `words` stand in them and nowhere else in the product."""

    organization: Organization
    member: Member
    duty: Duty
    action: CareAction
    photo: Photo
    account: User
    words: list[str] = field(default_factory=list)

    @property
    def ids(self) -> dict[str, Any]:
        """What a curious person would put into a query string or form to get at this place."""
        at, who = self.organization.pk, str(self.member.pk)
        return {
            **dict.fromkeys(("organization", "org", "branch", "parent", "under", "place", "from", "target"), at),
            **dict.fromkeys(("organization_id", "members_to", "at"), at),
            **dict.fromkeys(("member", "person", "subject", "who", "for"), who),
            "duty": str(self.duty.pk),
            "duties": [str(self.duty.pk)],
            "action": str(self.action.pk),
            "user": self.account.pk,
            "actor": self.account.pk,
            "code": self.organization.code,
            "perm": "view_people",
            "q": "jsq",
        }

    def state(self) -> tuple[Any, ...]:
        """What nobody from outside may change."""
        return (
            Member.objects.filter(pk=self.member.pk).values().get(),
            Duty.objects.filter(pk=self.duty.pk).values().get(),
            CareAction.objects.filter(pk=self.action.pk).values().get(),
            Organization.objects.filter(pk=self.organization.pk).values("name", "path", "closed_on", "parent").get(),
            list(self.account.appointments.values()),
            self.organization.members.count(),
            User.objects.filter(pk=self.account.pk).values("password", "is_active", "display_name").get(),
        )


@dataclass
class World:
    county: County
    places: dict[str, Place]
    actors: dict[str, User]
    clients: dict[str, Client]
    owned: dict[str, Any] = field(default_factory=dict)


def build(county: County, actors: dict[str, User]) -> World:
    """Rows of every kind in the secretary's branch, the neighbour's, and one of the county beside."""
    places = {
        "here": _place("here", county.branch),
        "next": _place("next", county.neighbour_branch),
        "far": _place("far", county.other_county_branch),
    }
    clients = {name: signed_in(user) for name, user in actors.items()} | {"anonymous": Client()}
    world = World(county, places, actors, clients)
    world.owned["job"] = _job(actors["secretary"])
    world.owned["import"] = _import(county.branch, actors["secretary"], world.owned["job"])
    return world


def _place(key: str, branch: Organization) -> Place:
    mark = SURNAMES[key]
    name, phone = f"金丝雀{mark}", f"1990000{ord(mark) % 10000:04}"
    address, found, clerk = f"{mark}金丝雀巷七号", f"{mark}金丝雀所见", f"{mark}金丝雀干事"
    number = people.id_number(date(1935, 2, 3))
    account = people.user(f"canary-{key}", (Role.SECRETARY, branch), display_name=clerk)
    member = people.member(
        branch, name, birth_on=date(1935, 2, 3), joined_on=date(1960, 11, 24), full_on=date(1961, 11, 24),
        phone=phone, address=address, id_number=number,
    )  # fmt: skip
    duty = Duty.objects.create(
        rule_code="political-birthday",
        article="6.2",
        organization=branch,
        member=member,
        subject_key=f"m:{member.pk}",
        period="2026",
        opens=people.TODAY - timedelta(days=7),
        due=people.TODAY,
        grace_until=people.TODAY + timedelta(days=7),
        terms={"fulfilled_by": ["visit", "talk", "greeting"]},
    )
    action = actions.record_action(
        id=uuid7(), member=member, kind="call", on=people.TODAY, who_went=clerk, found=found, done="",
        photos=[_picture(ord(mark) % 250)], by=account, today=people.TODAY,
    ).action  # fmt: skip
    photo = action.photos.get()
    return Place(branch, member, duty, action, photo, account, [name, phone, address, number, found, clerk])


def _picture(shade: int) -> photos.CleanPhoto:
    raw = BytesIO()
    Image.new("RGB", (8, 8), (shade, shade, shade)).save(raw, "JPEG")
    raw.seek(0)
    return photos.clean(raw, name="a.jpg", size=len(raw.getvalue()))


def _job(owner: User) -> Job:
    job = Job.objects.create(kind="nothing", owner=owner, state=Job.State.DONE)
    made = Path(settings.MEDIA_ROOT) / "made.txt"
    made.write_text("金丝雀结果")
    work.Context(job).keep_file(made, name="结果.txt")
    job.save()
    return job


def _import(branch: Organization, owner: User, job: Job) -> RosterImport:
    """One that waits for its confirmation, with a rejected row."""
    sheet = BytesIO()
    with xlsxwriter.Workbook(sheet) as book:
        rows = [["姓名", "公民身份证号码", "所在党支部", "加入党组织日期"], ["金丝雀", "", branch.name, "1990-07-01"]]
        page = book.add_worksheet()
        for number, cells in enumerate(rows):
            page.write_row(number, 0, cells)
    roster = intake.start(
        kind="roster", organization=branch, content=sheet.getvalue(), file_name="东风村名册.xlsx", by=owner
    )
    RosterImport.objects.filter(pk=roster.pk).update(
        state=RosterImport.State.PREVIEW, job_id=job.pk, counts={"rejected": 1}
    )
    return roster
