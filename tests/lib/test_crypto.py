import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carehelp.lib import crypto
from carehelp.lib.crypto import CannotUnseal, lookup_hash, needs_resealing, seal, seal_bytes, unseal, unseal_bytes

PLACE = {"table": "members_member", "pk": "1", "field": "phone"}
OLD, NEW = "old:" + "0123456789abcdef" * 4, "new:" + "fedcba9876543210" * 4


@pytest.fixture(params=["aes", "sm4"])
def cipher(request: pytest.FixtureRequest, settings) -> str:
    settings.CAREHELP_CIPHER = request.param
    return request.param


class TestSealing:
    @given(st.text(), st.uuids(), st.sampled_from(["phone", "address"]))
    @settings(max_examples=100, deadline=None)
    def test_what_was_sealed_opens_at_its_place(self, text: str, pk, field: str) -> None:
        place = {"table": "t", "pk": pk, "field": field}
        assert unseal(seal(text, **place), **place) == text

    @given(st.binary(max_size=2000))
    @settings(max_examples=50, deadline=None)
    def test_files_too(self, content: bytes) -> None:
        assert unseal_bytes(seal_bytes(content, **PLACE), **PLACE) == content

    def test_both_ciphers(self, cipher: str) -> None:
        sealed = seal("19900001111", **PLACE)
        assert b"1990" not in sealed
        assert unseal(sealed, **PLACE) == "19900001111"
        assert unseal(memoryview(sealed), **PLACE) == "19900001111"

    def test_each_opens_what_the_other_sealed(self, settings) -> None:
        settings.CAREHELP_CIPHER = "aes"
        sealed = seal("x", **PLACE)
        settings.CAREHELP_CIPHER = "sm4"
        assert unseal(sealed, **PLACE) == "x"
        assert needs_resealing(sealed)

    @pytest.mark.parametrize("other", [{"pk": "2"}, {"field": "address"}, {"table": "visits_careaction"}])
    def test_a_value_copied_elsewhere_is_refused(self, cipher: str, other: dict[str, str]) -> None:
        sealed = seal("19900001111", **PLACE)
        with pytest.raises(CannotUnseal):
            unseal(sealed, **PLACE | other)

    def test_every_changed_byte_is_noticed(self, cipher: str) -> None:
        sealed = seal("19900001111", **PLACE)
        for position in range(len(sealed)):
            altered = bytearray(sealed)
            altered[position] ^= 1
            with pytest.raises(CannotUnseal):
                unseal(bytes(altered), **PLACE)

    def test_every_cut_is_noticed(self, cipher: str) -> None:
        sealed = seal("19900001111", **PLACE)
        for length in range(len(sealed)):
            with pytest.raises(CannotUnseal):
                unseal(sealed[:length], **PLACE)

    @given(st.binary(max_size=100))
    @settings(max_examples=200, deadline=None)
    def test_rubbish_is_refused_and_never_given_back(self, rubbish: bytes) -> None:
        with pytest.raises(CannotUnseal) as refused:
            unseal(rubbish, **PLACE)
        assert "members_member.phone" in str(refused.value)

    def test_no_nonce_comes_twice(self) -> None:
        head = len(seal("", **PLACE)) - crypto.NONCE - crypto.TAG
        nonces = {seal("same", **PLACE)[head : head + crypto.NONCE] for _turn in range(10_000)}
        assert len(nonces) == 10_000


class TestRotation:
    def test_the_first_key_seals_and_every_listed_one_opens(self, settings) -> None:
        settings.CAREHELP_KEYS = OLD
        before = seal("x", **PLACE)
        settings.CAREHELP_KEYS = f"{NEW},{OLD}"
        assert unseal(before, **PLACE) == "x"
        assert needs_resealing(before)
        assert not needs_resealing(seal("x", **PLACE))

    def test_a_key_that_is_no_longer_listed_opens_nothing(self, settings) -> None:
        settings.CAREHELP_KEYS = OLD
        sealed = seal("x", **PLACE)
        settings.CAREHELP_KEYS = NEW
        with pytest.raises(CannotUnseal):
            unseal(sealed, **PLACE)

    def test_another_key_of_the_same_name_opens_nothing(self, settings) -> None:
        settings.CAREHELP_KEYS = OLD
        sealed = seal("x", **PLACE)
        settings.CAREHELP_KEYS = NEW.replace("new", "old")
        with pytest.raises(CannotUnseal):
            unseal(sealed, **PLACE)

    @pytest.mark.parametrize("bad", ["", "k1", "k1:", ":" + "ab" * 32, "k1:xyz", "k1:" + "ab" * 31])
    def test_a_key_list_that_cannot_be_read_stops_everything(self, bad: str, settings) -> None:
        from django.core.exceptions import ImproperlyConfigured

        settings.CAREHELP_KEYS = bad
        with pytest.raises(ImproperlyConfigured):
            seal("x", **PLACE)


class TestLookups:
    def test_the_same_value_is_found_again(self, cipher: str) -> None:
        assert lookup_hash("x", purpose="id-number") == lookup_hash("x", purpose="id-number")
        assert len(lookup_hash("x", purpose="id-number")) == 32

    def test_hashes_of_two_purposes_cannot_be_joined(self, cipher: str) -> None:
        assert lookup_hash("x", purpose="id-number") != lookup_hash("x", purpose="phone")

    def test_without_the_key_nobody_can_try_numbers(self, settings) -> None:
        before = lookup_hash("x", purpose="id-number")
        settings.CAREHELP_LOOKUP_KEY = "another" * 8
        assert lookup_hash("x", purpose="id-number") != before
