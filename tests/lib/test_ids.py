from hypothesis import given
from hypothesis import strategies as st

from carehelp.lib.ids import uuid7, uuid7_from


class TestTimeOrderedIds:
    def test_version_and_variant(self) -> None:
        made = uuid7()
        assert made.version == 7
        assert made.variant == "specified in RFC 4122"

    def test_no_two_are_equal(self) -> None:
        assert len({uuid7() for _turn in range(10_000)}) == 10_000

    @given(st.integers(0, 2**48 - 2), st.integers(0, 2**74 - 1), st.integers(0, 2**74 - 1))
    def test_a_later_one_sorts_later_whatever_the_chance(self, moment: int, one: int, other: int) -> None:
        assert uuid7_from(moment, one) < uuid7_from(moment + 1, other)
        assert uuid7_from(moment, one).hex < uuid7_from(moment + 1, other).hex

    @given(st.integers(0, 2**48 - 1), st.integers(0, 2**74 - 1))
    def test_it_is_valid_and_repeatable(self, moment: int, chance: int) -> None:
        made = uuid7_from(moment, chance)
        assert (made.version, made) == (7, uuid7_from(moment, chance))
