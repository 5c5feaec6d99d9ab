"""The made-up county: believable, repeatable, and never mixed with anything real."""

import random
from collections import Counter
from datetime import date
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection

from carehelp.accounts.models import User
from carehelp.demo import loading, population, records, seeding
from carehelp.lib import idcard
from carehelp.lib.fields import reveal
from members import names, party_age, people
from members.access import powers_of
from members.models import Appointment, Member, MemberChange, Organization
from members.roles import Role
from tests.people import TODAY
from visits import planner, tallies
from visits.models import CareAction, Duty, DutyTally


@pytest.fixture
def seeded(db: None, tmp_path: Any, settings: Any) -> None:
    settings.CAREHELP_DATA = tmp_path
    seeding.seed(900, seed=3, today=TODAY)


@pytest.fixture(scope="module")
def sample() -> list[population.Person]:
    chance = random.Random(11)
    return [population.person(chance, TODAY) for _ in range(12_000)]


class TestPeople:
    """A large sample against the bulletin for the end of 2024."""

    def share(self, sample: list[population.Person], met: Any) -> float:
        return 100 * sum(map(met, sample)) / len(sample)

    def test_sexes_peoples_and_schooling(self, sample: list[population.Person]) -> None:
        assert self.share(sample, lambda p: p.sex == "female") == pytest.approx(30.9, abs=1.5)
        assert self.share(sample, lambda p: p.ethnicity != "汉族") == pytest.approx(7.7, abs=1)
        college = {"大专", "大学本科", "研究生"}
        assert self.share(sample, lambda p: p.education in college) == pytest.approx(57.6, abs=3)

    def test_ages(self, sample: list[population.Person]) -> None:
        def age(person: population.Person) -> int:
            born = person.birth_on
            return TODAY.year - born.year - ((TODAY.month, TODAY.day) < (born.month, born.day))

        assert self.share(sample, lambda p: age(p) <= 30) == pytest.approx(12.2, abs=1.2)
        assert self.share(sample, lambda p: age(p) >= 61) == pytest.approx(28.9, abs=1.5)
        assert min(map(age, sample)) >= 18

    def test_when_they_joined(self, sample: list[population.Person]) -> None:
        assert self.share(sample, lambda p: p.joined_on < date(1978, 12, 18)) == pytest.approx(12.3, abs=1.2)
        assert self.share(sample, lambda p: p.joined_on >= date(2012, 11, 8)) == pytest.approx(28.0, abs=1.5)
        assert all(p.joined_on.year - p.birth_on.year >= 17 for p in sample)

    def test_what_they_work_as(self, sample: list[population.Person]) -> None:
        work = Counter(p.occupation for p in sample)
        assert 100 * work[population.FARMER] / len(sample) == pytest.approx(26.1, abs=1.5)
        assert 100 * work[population.RETIRED] / len(sample) == pytest.approx(21.4, abs=1.5)

    def test_what_files_leave_open_occurs(self, sample: list[population.Person]) -> None:
        assert any(p.joined_precision == "month" for p in sample)
        assert any(p.full_on is None and p.category == "full" for p in sample)
        assert any(p.party_status == "suspended" for p in sample)
        assert any(p.lost_since for p in sample)
        assert any(p.died_on for p in sample)


@pytest.mark.usefixtures("seeded")
class TestTheCounty:
    def test_it_has_organizations_of_every_kind(self) -> None:
        seeding_kinds = set(Organization.objects.values_list("kind", flat=True))
        assert seeding_kinds >= set(Organization.Kind.values) - {Organization.Kind.GROUP}
        for organization in Organization.objects.select_related("parent"):
            assert organization.parent is None or organization.path.startswith(organization.parent.path)

    def test_derived_columns_are_those_that_a_form_would_have_written(self) -> None:
        assert Member.objects.count() == 900
        for member in Member.objects.order_by("?")[:60]:
            number = reveal(member, "id_number")
            assert number.startswith("6199")
            assert idcard.check_holds(number)
            assert idcard.birth_of(number) == member.birth_on
            assert idcard.is_male(number) == (member.sex == "male")
            assert bytes(member.id_hash) == people.id_hash(number)
            assert member.sort_name == names.sort_name(member.name)
            assert reveal(member, "phone").startswith("199")
            kept = member.party_age_from, member.party_age_basis
            party_age.apply(member)
            assert kept == (member.party_age_from, member.party_age_basis)

    def test_everybody_has_a_history_row_and_nobody_waits_for_the_planner(self) -> None:
        assert Member.history.count() == 900  # type: ignore[attr-defined]
        assert not MemberChange.objects.exists()

    def test_planning_reached_today_and_planning_again_gives_nothing(self) -> None:
        assert planner.planned_through() == TODAY
        assert planner.plan(TODAY).created == 0

    def test_the_past_is_recorded_within_the_windows(self) -> None:
        assert CareAction.objects.count() == Duty.objects.filter(status="done").count() > 900
        assert not CareAction.objects.filter(on__gt=TODAY).exists()
        for duty in Duty.objects.filter(status="done").select_related("fulfilled_by")[:200]:
            assert duty.fulfilled_by is not None
            assert duty.fulfilled_by.on == duty.ended_on >= duty.opens
            assert duty.fulfilled_by.kind in duty.terms["fulfilled_by"]
            assert reveal(duty.fulfilled_by, "done")

    def test_some_is_overdue_and_some_late(self) -> None:
        assert Duty.objects.overdue_on(TODAY).exists()
        done = Duty.objects.filter(status="done")
        assert any(duty.ended_on and duty.ended_on > duty.grace_until for duty in done)

    def test_the_kept_figures_are_what_counting_gives(self) -> None:
        assert DutyTally.objects.exists()
        assert not tallies.recount()

    def test_the_accounts_have_their_roles_and_work_to_do(self) -> None:
        held = dict(Appointment.objects.values_list("user__username", "role"))
        assert set(held.values()) == set(Role.values)
        secretary = User.objects.get(username="secretary")
        branch = Appointment.objects.get(user=secretary).organization
        assert branch.kind == Organization.Kind.BRANCH
        assert Duty.objects.visible_to(secretary, "log_care").open_on(TODAY).exists()
        assert powers_of(secretary).paths("view_people") == [branch.path]
        assert not User.objects.get(username="archive").is_active


class TestHabits:
    def test_branches_differ_and_some_are_suspiciously_uniform(self) -> None:
        habits = Counter(records.habit_of(1, branch) for branch in range(400))
        assert habits[records.DILIGENT] > habits[records.AVERAGE] > habits[records.LATE] > habits[records.UNIFORM] > 0


class TestRepeating:
    def test_the_same_seed_gives_the_same_county(self, db: None, tmp_path: Any, settings: Any) -> None:
        settings.CAREHELP_DATA = tmp_path
        assert self.picture(5) == self.picture(5)

    def test_another_seed_gives_another(self, db: None, tmp_path: Any, settings: Any) -> None:
        settings.CAREHELP_DATA = tmp_path
        assert self.picture(5) != self.picture(6)

    def picture(self, seed: int) -> list[Any]:
        """All that is to be the same; taken back at once."""
        from django.db import transaction

        with transaction.atomic():
            seeding.seed(60, seed=seed, today=TODAY)
            people_now = list(
                Member.objects.order_by("id").values_list("id", "name", "organization__code", "birth_on", "joined_on")
            )
            found = people_now + [reveal(member, "id_number") for member in Member.objects.order_by("id")]
            found += list(CareAction.objects.order_by("id").values_list("id", "on", "kind", "who_went"))
            found += list(Appointment.objects.order_by("user__username").values_list("user__username", "organization"))
            transaction.set_rollback(True)
        return found


class TestTheTables:
    """They are written bare; afterwards, whatever happens, all that guards them is there."""

    def guards(self) -> list[Any]:
        with connection.cursor() as cursor:
            cursor.execute("""
                SELECT conrelid::regclass::text, conname::text, pg_get_constraintdef(oid), convalidated::text
                FROM pg_constraint
                UNION ALL
                SELECT indrelid::regclass::text, '', pg_get_indexdef(indexrelid), indisvalid::text FROM pg_index
                UNION ALL
                SELECT tgrelid::regclass::text, tgname::text, pg_get_triggerdef(oid), tgenabled::text
                FROM pg_trigger WHERE NOT tgisinternal
                ORDER BY 1, 2, 3
            """)
            return list(cursor.fetchall())

    def test_they_are_guarded_as_before(self, db: None, tmp_path: Any, settings: Any) -> None:
        settings.CAREHELP_DATA = tmp_path
        before = self.guards()
        seeding.seed(60, seed=1, today=TODAY)
        assert self.guards() == before

    def test_a_row_that_refers_to_nothing_takes_all_back(self, db: None, monkeypatch: Any) -> None:
        def broken(**given: Any) -> int:
            return loading.run(
                "UPDATE visits_duty SET member_id = gen_random_uuid() WHERE rule_code = 'festival-visit'"
            )

        monkeypatch.setattr(records, "write", broken)
        before = self.guards()
        with pytest.raises(IntegrityError, match="visits_duty_member_id"):
            seeding.seed(60, seed=1, today=TODAY)
        assert self.guards() == before
        assert not seeding.is_seeded()
        assert not DutyTally.objects.exists()


class TestRefusing:
    def test_a_database_in_use(self, member: Member) -> None:
        with pytest.raises(CommandError, match="holds organizations already"):
            call_command("seed", members=10)

    def test_production(self, db: None, settings: Any) -> None:
        settings.PRODUCTION = True
        with pytest.raises(CommandError, match="never"):
            call_command("seed", members=10)

    def test_a_number_that_is_none(self, db: None) -> None:
        with pytest.raises(CommandError, match="at least 1"):
            call_command("seed", members=0)
