"""Keys rotate while the product runs, and nothing is left that only the old key opens."""

from datetime import date
from typing import Any

import pytest
from django.core.management import call_command

from carehelp.accounts.models import User
from carehelp.lib import crypto
from carehelp.lib.fields import reveal
from carehelp.lib.resealing import reseal_rows
from members import people
from members.models import Member

NEW = "k2:" + "ab" * 32


@pytest.fixture
def changed(member: Member, secretary: User, today: date) -> Member:
    """A member with two history rows."""
    return people.correct(member, by=secretary, today=today, phone="19900002222")


class TestRotating:
    def test_rows_and_history_open_with_the_new_key_alone(self, changed: Member, settings: Any) -> None:
        settings.CAREHELP_KEYS = f"{NEW},{settings.CAREHELP_KEYS}"
        assert reseal_rows(write=False).outdated > 0
        call_command("reseal")
        settings.CAREHELP_KEYS = NEW
        changed.refresh_from_db()
        assert reveal(changed, "phone") == "19900002222"
        history = Member.history.filter(id=changed.pk)  # type: ignore[attr-defined]
        assert {reveal(row, "phone") for row in history} == {"19900001111", "19900002222"}
        result = reseal_rows(write=False)
        assert (result.outdated, result.broken) == (0, [])

    def test_the_other_cipher_is_a_rotation_too(self, changed: Member, settings: Any) -> None:
        settings.CAREHELP_CIPHER = "sm4"
        reseal_rows(write=True)
        changed.refresh_from_db()
        assert bytes(changed.phone)[0] == crypto.SM4
        assert reveal(changed, "phone") == "19900002222"

    def test_a_value_that_does_not_open_is_named_and_left_alone(
        self, changed: Member, settings: Any, capsys: Any
    ) -> None:
        Member.objects.filter(pk=changed.pk).update(phone=bytes(changed.address))
        settings.CAREHELP_KEYS = f"{NEW},{settings.CAREHELP_KEYS}"
        with pytest.raises(SystemExit):
            call_command("reseal")
        assert str(changed.pk) in capsys.readouterr().err
        changed.refresh_from_db()
        assert crypto.needs_resealing(changed.phone)
        assert not crypto.needs_resealing(changed.address)

    def test_looking_changes_nothing(self, changed: Member, settings: Any) -> None:
        settings.CAREHELP_KEYS = f"{NEW},{settings.CAREHELP_KEYS}"
        call_command("reseal", check=True)
        changed.refresh_from_db()
        assert crypto.needs_resealing(changed.phone)
