from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from carehelp.lib import clock


class TestToday:
    def test_the_day_can_be_set_in_demo_and_test_mode(self, settings) -> None:
        settings.CAREHELP_TODAY = date(2026, 7, 1)
        assert clock.today() == date(2026, 7, 1)

    @pytest.mark.parametrize(("utc_hour", "day"), [(15, 24), (16, 25)])
    def test_a_day_begins_at_midnight_in_shanghai(self, utc_hour: int, day: int, settings, monkeypatch) -> None:
        class Frozen(datetime):
            @classmethod
            def now(cls, tz=None):
                return datetime(2026, 11, 24, utc_hour, tzinfo=ZoneInfo("UTC")).astimezone(tz)

        settings.CAREHELP_TODAY = None
        monkeypatch.setattr(clock, "datetime", Frozen)
        assert clock.today() == date(2026, 11, day)

    def test_the_moment_of_writing_is_never_set(self, settings) -> None:
        settings.CAREHELP_TODAY = date(1999, 1, 1)
        assert clock.now().year > 2000
        assert clock.now().utcoffset().total_seconds() == 8 * 3600
