import pytest

from carehelp.accounts.models import User
from carehelp.lib.crypto import CannotUnseal
from carehelp.lib.fields import put, reveal
from members import people
from members.models import Member
from tests.conftest import County
from tests.people import member as make_member


class TestSealedFields:
    def test_reading_the_attribute_gives_sealed_bytes(self, member: Member) -> None:
        member.refresh_from_db()
        assert b"19900001111" not in bytes(member.phone)
        assert reveal(member, "phone") == "19900001111"

    def test_an_empty_text_clears_it(self, member: Member) -> None:
        put(member, "phone", "")
        assert member.phone is None
        assert reveal(member, "phone") == ""

    def test_a_value_copied_from_another_person_is_refused(self, member: Member, county: County) -> None:
        other = make_member(county.branch, "赵二")
        Member.objects.filter(pk=member.pk).update(phone=other.phone)
        member.refresh_from_db()
        with pytest.raises(CannotUnseal):
            reveal(member, "phone")

    def test_what_stood_there_before_opens_from_the_history(self, member: Member, secretary: User, today) -> None:
        people.correct(member, by=secretary, today=today, phone="19911112222")
        rows = [reveal(row, "phone") for row in member.history.order_by("history_id")]
        assert (rows[0], rows[-1]) == ("19900001111", "19911112222")
