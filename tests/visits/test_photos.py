import struct
import zlib
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from carehelp.accounts.models import User
from carehelp.lib import clock
from carehelp.lib.crypto import CannotUnseal
from tests.conftest import signed_in
from visits import photos
from visits.models import CareAction, Duty, Photo


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


def picture(size: tuple[int, int] = (640, 480), form: str = "JPEG", colour: str = "navy", **how: Any) -> bytes:
    out = BytesIO()
    Image.new("RGB", size, colour).save(out, form, **how)
    return out.getvalue()


def with_position() -> bytes:
    """A portrait photo as a phone writes it: turned by a mark, with camera and position."""
    exif = Image.Exif()
    exif[0x0112] = 6  # Orientation: to be turned by 90 degrees.
    exif[0x010F] = "CANARYCAM"
    exif.get_ifd(0x8825)[2] = (34.0, 15.0, 30.0)
    return picture((800, 400), exif=exif, comment=b"CANARYCOMMENT")


def upload(content: bytes, name: str = "photo.jpg") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, content_type="image/jpeg")


def send(user: User, duty: Duty, *files: Any, **changes: Any) -> Any:
    fields = {"id": str(uuid4()), "kind": "greeting", "on": "2026-11-24", "who_went": "李书记", "found": "好"}
    return signed_in(user).post(f"/log/duty/{duty.pk}/", fields | changes | {"photos": list(files)})


def refusal(answer: Any) -> str:
    assert not CareAction.objects.exists()
    return str(answer.context["form"].errors["photos"])


def bomb(width: int, height: int) -> bytes:
    """A small PNG that would unpack to width x height pixels."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    packed = zlib.compress(bytes(1_000_000), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")


class TestSendingPhotos:
    def test_position_and_camera_are_gone_and_the_photo_stands_upright(self, secretary: User, duty: Duty) -> None:
        send(secretary, duty, upload(with_position()))
        photo = Photo.objects.get()
        kept = photos.content(photo)
        opened = Image.open(BytesIO(kept))
        assert not dict(opened.getexif())
        assert b"CANARY" not in kept
        assert b"Exif" not in kept
        assert (opened.size, (photo.width, photo.height)) == ((400, 800), (400, 800))

    def test_the_longest_side_is_1600(self, secretary: User, duty: Duty) -> None:
        send(secretary, duty, upload(picture((4000, 3000))))
        assert (Photo.objects.get().width, Photo.objects.get().height) == (1600, 1200)

    @pytest.mark.parametrize("form", ["PNG", "WEBP"])
    def test_other_pictures_become_jpeg(self, form: str, secretary: User, duty: Duty) -> None:
        send(secretary, duty, upload(picture(form=form), f"photo.{form.lower()}"))
        assert photos.content(Photo.objects.get()).startswith(b"\xff\xd8\xff")

    def test_what_was_transparent_becomes_white(self) -> None:
        out = BytesIO()
        Image.new("RGBA", (10, 10), (255, 0, 0, 0)).save(out, "PNG")
        kept = photos.clean(BytesIO(out.getvalue()), name="x", size=1)
        assert Image.open(BytesIO(kept.content)).getpixel((5, 5)) == (255, 255, 255)

    @pytest.mark.parametrize(
        ("mode", "form"), [("CMYK", "JPEG"), ("L", "JPEG"), ("P", "PNG"), ("I;16", "PNG"), ("1", "PNG")]
    )
    def test_pictures_of_every_kind_of_pixel(self, mode: str, form: str) -> None:
        out = BytesIO()
        Image.new(mode, (40, 20)).save(out, form)
        kept = photos.clean(BytesIO(out.getvalue()), name="x", size=1)
        assert (Image.open(BytesIO(kept.content)).mode, kept.width, kept.height) == ("RGB", 40, 20)

    def test_on_disk_it_is_sealed_and_bound_to_its_row(self, secretary: User, duty: Duty, media: Path) -> None:
        send(secretary, duty, upload(picture()), upload(picture(colour="red")))
        first, second = Photo.objects.order_by("id")
        lying = [path for path in media.rglob("*") if path.is_file()]
        assert len(lying) == 2
        assert all(b"\xff\xd8\xff" not in path.read_bytes() for path in lying)
        assert all(path.stat().st_mode & 0o077 == 0 for path in lying)
        photos.path_of(first.pk).write_bytes(photos.path_of(second.pk).read_bytes())
        with pytest.raises(CannotUnseal):
            photos.content(first)

    def test_the_same_picture_twice_is_one(self, secretary: User, duty: Duty) -> None:
        send(secretary, duty, upload(picture()), upload(picture()))
        assert Photo.objects.count() == 1

    def test_a_repeated_form_adds_none(self, secretary: User, duty: Duty, media: Path) -> None:
        same = str(uuid4())
        send(secretary, duty, upload(picture()), id=same)
        send(secretary, duty, upload(picture()), id=same)
        assert Photo.objects.count() == 1
        assert len([path for path in media.rglob("*") if path.is_file()]) == 1

    def test_photos_are_never_required(self, secretary: User, duty: Duty) -> None:
        send(secretary, duty)
        assert CareAction.objects.exists()


class TestFilesThatAreRefused:
    def test_too_many(self, secretary: User, duty: Duty) -> None:
        files = [upload(picture(colour=f"#{n:06x}")) for n in range(photos.MOST + 1)]
        assert "最多 6 张" in refusal(send(secretary, duty, *files))

    def test_a_heic_file_is_named_with_what_to_do(self, secretary: User, duty: Duty) -> None:
        words = refusal(send(secretary, duty, upload(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(64), "IMG_1.HEIC")))
        assert "“IMG_1.HEIC”是 HEIC 格式" in words
        assert "JPEG" in words

    @pytest.mark.parametrize(
        ("content", "name"),
        [
            (b"MZ\x90\0" + bytes(200), "virus.jpg"),
            (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "photo.svg"),
            (b"%PDF-1.7\n", "scan.pdf"),
            (b"GIF89a" + bytes(40), "anim.gif"),
            (b"\xff\xd8\xff\xe0" + bytes(10), "broken.jpg"),
        ],
    )
    def test_what_is_no_picture_is_named(self, content: bytes, name: str, secretary: User, duty: Duty) -> None:
        assert f"“{name}”" in refusal(send(secretary, duty, upload(content, name)))

    def test_a_picture_cut_off_in_the_middle(self, secretary: User, duty: Duty) -> None:
        whole = picture((900, 900), form="PNG")
        assert "已损坏" in refusal(send(secretary, duty, upload(whole[: len(whole) // 2])))

    @pytest.mark.parametrize("side", [8_000, 60_000])
    def test_a_bomb_is_refused_before_it_is_unpacked(self, side: int, secretary: User, duty: Duty) -> None:
        assert "“small.png”像素过大" in refusal(send(secretary, duty, upload(bomb(side, side), "small.png")))

    def test_a_file_that_is_too_large(self, secretary: User, duty: Duty, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(photos, "MOST_BYTES", 1024 * 1024)
        assert "超过 1 MB" in refusal(send(secretary, duty, upload(picture() + bytes(1024 * 1024))))

    def test_a_name_with_markup_is_text(self, secretary: User, duty: Duty) -> None:
        answer = send(secretary, duty, upload(b"no", "<b onclick=x>.jpg"))
        assert "<b onclick" not in answer.content.decode()


class TestOpeningAPhoto:
    @pytest.fixture
    def photo(self, secretary: User, duty: Duty) -> Photo:
        send(secretary, duty, upload(picture()))
        return Photo.objects.get()

    def test_those_in_scope_get_it_and_nobody_keeps_it(self, auditor: User, photo: Photo) -> None:
        answer = signed_in(auditor).get(f"/photos/{photo.pk}/")
        assert answer["Content-Type"] == "image/jpeg"
        assert answer["Cache-Control"] == "private, no-store"
        assert Image.open(BytesIO(answer.content)).size == (640, 480)

    def test_a_neighbour_gets_404_and_an_administrator_403(
        self, neighbour: User, system_admin: User, photo: Photo
    ) -> None:
        assert signed_in(neighbour).get(f"/photos/{photo.pk}/").status_code == 404
        assert signed_in(system_admin).get(f"/photos/{photo.pk}/").status_code == 403

    def test_it_lies_under_no_address_of_its_own(self, secretary: User, photo: Photo) -> None:
        for path in (f"/media/photos/{photo.pk}", f"/static/photos/{photo.pk}", f"/photos/{photo.pk}/../"):
            assert signed_in(secretary).get(path).status_code == 404

    def test_a_file_that_is_gone_is_404(self, secretary: User, photo: Photo) -> None:
        photos.path_of(photo.pk).unlink()
        assert signed_in(secretary).get(f"/photos/{photo.pk}/").status_code == 404


class TestFilesLeftBehind:
    def test_a_file_whose_row_never_came_is_removed_later(self, secretary: User, duty: Duty, media: Path) -> None:
        send(secretary, duty, upload(picture()))
        orphan = photos.path_of(uuid4())
        orphan.parent.mkdir(parents=True, exist_ok=True)
        orphan.write_bytes(b"sealed")
        assert photos.remove_orphans(older_than=clock.now() - timedelta(days=1)) == 0
        assert photos.remove_orphans(older_than=clock.now() + timedelta(minutes=1)) == 1
        assert not orphan.exists()
        assert photos.content(Photo.objects.get())
