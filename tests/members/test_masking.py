import pytest
from hypothesis import given
from hypothesis import strategies as st

from carehelp.accounts.models import User
from carehelp.audit import trail
from carehelp.audit.models import AuditEvent
from carehelp.lib.fields import reveal
from members import masking
from members.errors import NotPossible
from members.models import Member


class TestMasks:
    @pytest.mark.parametrize(
        ("number", "masked"),
        [
            ("19912341111", "199****1111"),
            ("+8619912341111", "+86*******1111"),
            ("0937-1234567", "093*****4567"),
            ("1234567", "*****67"),
            ("110", "***"),
            ("", ""),
        ],
    )
    def test_telephones(self, number: str, masked: str) -> None:
        assert masking.mask_phone(number) == masked

    @pytest.mark.parametrize(
        ("address", "masked"),
        [
            ("云岭县红旗镇1号", "云岭县红旗镇****"),
            ("云岭县城关街道人民路12号3单元401", "云岭县城关街道****"),
            ("云岭县人民路12号", "云岭县人****"),
            ("12号", "1****"),
            ("", ""),
        ],
    )
    def test_addresses(self, address: str, masked: str) -> None:
        assert masking.mask_address(address) == masked

    @given(st.text(alphabet="0123456789-+ ", min_size=3, max_size=20))
    def test_no_number_is_left_whole(self, number: str) -> None:
        assert not number.strip() or masking.mask_phone(number) != number.strip()

    def test_a_value_that_cannot_be_opened_does_not_close_the_page(self, member: Member) -> None:
        member.phone = b"\x01\x02k9" + bytes(40)
        assert masking.masked(member, "contact")[0].text == "************"


class TestUnmasking:
    def test_nothing_is_opened_when_the_record_fails(
        self, member: Member, officer: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        opened: list[str] = []
        monkeypatch.setattr(masking, "reveal", lambda row, field: opened.append(field))

        def broken(*args: object, **kwargs: object) -> None:
            raise RuntimeError

        monkeypatch.setattr(trail, "record", broken)
        with pytest.raises(RuntimeError):
            masking.unmask(member, "contact", purpose="visit", words="明天上门走访", by=officer)
        assert opened == []

    def test_the_record_holds_no_fact(self, member: Member, officer: User) -> None:
        facts = masking.unmask(member, "contact", purpose="visit", words="明天上门走访", by=officer)
        event = AuditEvent.objects.get(person_id=str(member.pk))
        assert facts[0].text == reveal(member, "phone")
        assert facts[0].text not in trail.content(event).decode()
        assert event.organization_id == member.organization_id

    @pytest.mark.parametrize(
        ("purpose", "words"), [("", "明天上门走访"), ("curiosity", "明天上门走访"), ("visit", "看看")]
    )
    def test_it_wants_a_purpose_and_some_words(self, member: Member, officer: User, purpose: str, words: str) -> None:
        with pytest.raises(NotPossible):
            masking.unmask(member, "contact", purpose=purpose, words=words, by=officer)
