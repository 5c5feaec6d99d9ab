"""An import that is killed, or that meets another one, leaves all of itself or nothing."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from threading import Barrier, Thread
from typing import Any

import pytest
from django.conf import settings
from django.db import connection, connections

from carehelp.audit.models import AuditEvent
from carehelp.lib import clock
from carehelp.lib.ids import uuid7
from carehelp.lib.sheets import CannotRead
from members.models import Member
from members.roster import intake, vault
from tests.conftest import County, signed_in
from tests.members.rosters import roster, row, run, saved
from tests.members.test_import_screens import columns, send

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def standing_still(county: County) -> Any:
    """The database stops each import at its last step for a minute, so that it can be killed there."""
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE FUNCTION stand_still() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN PERFORM pg_sleep(60); RETURN NEW; END $$;"
            "CREATE TRIGGER stand_still BEFORE INSERT ON audit_auditevent FOR EACH ROW EXECUTE FUNCTION stand_still()"
        )
    yield
    with connection.cursor() as cursor:
        cursor.execute("DROP FUNCTION stand_still() CASCADE")


@pytest.fixture
def falling_over(county: County) -> Any:
    """The database refuses the history of a person called 停; by the trigger's end the import has written a lot."""
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE FUNCTION fall_over() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN IF NEW.name = '停' THEN RAISE EXCEPTION 'disk is full'; END IF; RETURN NEW; END $$;"
            "CREATE TRIGGER fall_over BEFORE INSERT ON members_historicalmember"
            " FOR EACH ROW EXECUTE FUNCTION fall_over()"
        )
    yield
    with connection.cursor() as cursor:
        cursor.execute("DROP FUNCTION IF EXISTS fall_over() CASCADE")


def test_a_command_killed_at_its_last_step_leaves_nothing_and_runs_again(
    standing_still: None, county: County, tmp_path: Path
) -> None:
    file = saved(roster(*(row() for _each in range(20))), tmp_path)
    started = subprocess.Popen(
        [sys.executable, "manage.py", "import_roster", file, "--organization", "61", "--json"],
        cwd=settings.BASE_DIR,
        env=os.environ | {"DATABASE_URL": _test_database()},
        stdout=subprocess.DEVNULL,
    )
    try:
        _wait_until_it_sleeps()
    finally:
        started.send_signal(signal.SIGKILL)
        started.wait()
    with connection.cursor() as cursor:
        cursor.execute("DROP TRIGGER stand_still ON audit_auditevent")
        cursor.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {SLEEPING}")
    assert not Member.objects.exists()
    assert not Member.history.exists()
    assert run("import_roster", file, "--organization", "61")[1]["created"] == 20


def test_a_fault_half_way_leaves_nothing(falling_over: None, county: County, tmp_path: Path) -> None:
    file = saved(roster(*(row() for _each in range(5)), row(姓名="停")), tmp_path)
    with pytest.raises(Exception, match="disk is full"):
        run("import_roster", file, "--organization", "61")
    assert not Member.objects.exists()
    assert not AuditEvent.objects.filter(verb="imported").exists()


def test_on_screen_a_fault_half_way_gives_the_preview_back(falling_over: None, county: County, officer: Any) -> None:
    client = signed_in(officer)
    address = str(send(client, roster(row(), row(姓名="停"))).url)
    columns(client, address)
    client.post(f"{address}confirm/")
    page = client.get(address)
    assert page.context["roster"].state == "preview"
    assert page.context["job"].message
    assert not Member.objects.exists()
    with connection.cursor() as cursor:
        cursor.execute("DROP FUNCTION fall_over() CASCADE")
    client.post(f"{address}confirm/")
    assert client.get(address).context["roster"].state == "done"
    assert Member.objects.count() == 2


def test_two_yeses_at_once_take_over_once(county: County, officer: Any) -> None:
    client = signed_in(officer)
    address = str(send(client, roster(row(), row())).url)
    columns(client, address)
    both = Barrier(2)

    def say_yes() -> None:
        both.wait()
        signed_in(officer).post(f"{address}confirm/")
        connections.close_all()

    _at_once(say_yes, say_yes)
    assert client.get(address).context["roster"].state == "done"
    assert (Member.objects.count(), Member.history.count()) == (2, 2)
    assert AuditEvent.objects.filter(verb="imported").count() == 1


def test_the_same_roster_by_two_commands_at_once_enrols_everybody_once(county: County, tmp_path: Path) -> None:
    file = saved(roster(*(row() for _each in range(50))), tmp_path)
    outcomes: list[Any] = []
    both = Barrier(2)

    def take() -> None:
        both.wait()
        outcomes.append(run("import_roster", file, "--organization", "61")[1])
        connections.close_all()

    _at_once(take, take)
    assert sorted(outcome["created"] for outcome in outcomes) == [0, 50]
    assert sorted(outcome["unchanged"] for outcome in outcomes) == [0, 50]


def test_a_file_whose_import_never_began_is_swept(county: County, officer: Any) -> None:
    stray = uuid7()
    vault.keep(stray, b"half an upload")
    client = signed_in(officer)
    address = str(send(client, roster(row())).url)
    intake.expire(clock.now())
    assert client.get(address).status_code == 200
    with pytest.raises(CannotRead):
        vault.fetch(stray)


SLEEPING = "wait_event = 'PgSleep' AND datname = current_database()"


def _wait_until_it_sleeps() -> None:
    for _attempt in range(600):
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT count(*) FROM pg_stat_activity WHERE {SLEEPING}")
            if cursor.fetchone()[0]:
                return
        time.sleep(0.1)
    raise AssertionError("the import never came to its last step")


def _at_once(*works: Any) -> None:
    threads = [Thread(target=work) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _test_database() -> str:
    """The address of the database of this test, for a process beside it."""
    address, _question, options = os.environ["DATABASE_URL"].partition("?")
    scheme, _slash, _name = address.rpartition("/")
    return f"{scheme}/{connection.settings_dict['NAME']}" + (f"?{options}" if options else "")
