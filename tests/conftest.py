"""The shared base: a small county with people of every role, and the day that the product believes in."""

from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest
from django.db import transaction
from django.db.backends.postgresql.operations import DatabaseOperations
from django.test import Client

from carehelp.accounts.models import User
from members.models import Member, Organization
from members.roles import Role
from tests import people


def _flush_all_the_same(self: DatabaseOperations, sql_list: list[str]) -> None:
    """Tests that commit are cleaned by TRUNCATE, which the audit trail refuses: here, and only here, it may not."""
    with transaction.atomic(using=self.connection.alias), self.connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        for sql in sql_list:
            cursor.execute(sql)
        cursor.execute("INSERT INTO audit_audithead VALUES (1, 0, decode(repeat('00', 32), 'hex'))")


DatabaseOperations.execute_sql_flush = _flush_all_the_same


@pytest.fixture
def today() -> date:
    return people.TODAY


@pytest.fixture(autouse=True)
def fixed_day(settings: Any) -> None:
    """24 November 2026 unless a test sets another day (`settings.CAREHELP_TODAY = date(…)`)."""
    settings.CAREHELP_TODAY = people.TODAY
    # Real hashing costs a second for every ready-made person.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@dataclass
class County:
    """云岭县 with two towns; two branches in the first, one in the second; another county beside it."""

    county: Organization
    town: Organization
    branch: Organization
    neighbour_branch: Organization
    other_town: Organization
    far_branch: Organization
    other_county: Organization
    other_county_branch: Organization


@pytest.fixture
def county(db: None) -> County:
    make = people.organization
    city = make("云岭市委", "city", code="C")
    county = make("中共云岭县委员会", "county", city, code="61")
    town = make("中共红旗镇委员会", "committee", county, code="6101")
    other_town = make("中共青山镇委员会", "committee", county, code="6102")
    other_county = make("中共临川县委员会", "county", city, code="62")
    return County(
        county,
        town,
        make("红旗镇东风村党支部", "branch", town, code="610101"),
        make("红旗镇前进村党支部", "branch", town, code="610102"),
        other_town,
        make("青山镇柳林村党支部", "branch", other_town, code="610201"),
        other_county,
        make("临川县新民村党支部", "branch", other_county, code="620101"),
    )


@pytest.fixture
def secretary(county: County) -> User:
    return people.user("secretary", (Role.SECRETARY, county.branch), display_name="李书记")


@pytest.fixture
def neighbour(county: County) -> User:
    """The secretary of the branch next door."""
    return people.user("neighbour", (Role.SECRETARY, county.neighbour_branch), display_name="邻支书")


@pytest.fixture
def officer(county: County) -> User:
    return people.user("officer", (Role.OFFICER, county.county), display_name="张干事")


@pytest.fixture
def other_officer(county: County) -> User:
    """The officer of the county beside."""
    return people.user("other-officer", (Role.OFFICER, county.other_county), display_name="外县干事")


@pytest.fixture
def auditor(county: County) -> User:
    return people.user("auditor", (Role.AUDITOR, county.county), display_name="审计员")


@pytest.fixture
def fund_officer(county: County) -> User:
    return people.user("fund-officer", (Role.FUND_OFFICER, county.county), display_name="党费管理员")


@pytest.fixture
def system_admin(county: County) -> User:
    return people.user("system-admin", (Role.SYSTEM_ADMIN, county.county), display_name="系统管理员")


@pytest.fixture
def security_admin(county: County) -> User:
    return people.user("security-admin", (Role.SECURITY_ADMIN, county.county), display_name="安全管理员")


@pytest.fixture
def audit_admin(county: County) -> User:
    return people.user("audit-admin", (Role.AUDIT_ADMIN, county.county), display_name="审计管理员")


@pytest.fixture
def stranger(db: None) -> User:
    """Somebody with an account and no appointment."""
    return people.user("stranger", display_name="无任职")


@pytest.fixture
def member(county: County) -> Member:
    return people.member(county.branch)


def signed_in(user: User) -> Client:
    """A test client in which `user` is signed in."""
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client
