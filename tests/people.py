"""Ready-made organizations and people for tests."""

import itertools
from datetime import date
from typing import Any

from carehelp.accounts.models import User
from carehelp.lib import idcard
from members import organizations, people
from members.models import Appointment, Member, Organization
from members.roles import Role

PASSWORD = "Care-2026-help"
TODAY = date(2026, 11, 24)
_numbers = itertools.count(1)


def organization(name: str, kind: str = "branch", parent: Organization | None = None, code: str = "") -> Organization:
    return organizations.found(code=code or f"T{next(_numbers):05}", name=name, kind=kind, parent=parent)


def id_number(birth_on: date, *, male: bool = True, area: str = "619901") -> str:
    """A number with a right check character whose division code was never assigned; a new one each time."""
    serial = next(_numbers) % 499 * 2 + (1 if male else 2)
    first_17 = f"{area}{birth_on:%Y%m%d}{serial % 1000:03}"
    return first_17 + idcard.check_character(first_17)


def member(branch: Organization, name: str = "王建国", **facts: Any) -> Member:
    """A full member of good standing, born 1960, joined on 1 July 1990; say what is different."""
    facts = {
        "sex": "male",
        "birth_on": date(1960, 3, 5),
        "joined_on": date(1990, 7, 1),
        "full_on": date(1991, 7, 1),
        "ethnicity": "汉族",
        "education": "高中",
        "occupation": "农牧渔民",
        "phone": "19900001111",
        "address": "云岭县红旗镇1号",
    } | facts
    facts.setdefault("id_number", id_number(facts["birth_on"], male=facts["sex"] == "male"))
    return people.enroll(organization=branch, by=None, today=TODAY, name=name, **facts)


def user(username: str, *appointments: tuple[Role, Organization], display_name: str = "") -> User:
    made = User.objects.create_user(username, password=PASSWORD, display_name=display_name or username)
    for role, at in appointments:
        Appointment.objects.create(user=made, organization=at, role=role, starts=date(2020, 1, 1))
    return made
