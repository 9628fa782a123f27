"""Photos: only their pixels come through, what cannot be used is refused with what to do, and the page says what the
record says."""

from __future__ import annotations

import random
import subprocess
import sys
import textwrap
from importlib import resources
from pathlib import Path

import pytest
from PIL import Image, ImageCms, ImageDraw
from sqlalchemy import select, text

from tests import pictures
from tests.check_log import heads
from tests.pictures import CAMERA, GPS_WORD, blurred, opened, scene, written
from tests.services.cast import Cast, look, repository
from traceapp.adapters.media import LARGEST, read_picture, store_picture
from traceapp.adapters.photo_header import read_header
from traceapp.adapters.photos import LEAST_SHARPNESS, MOST_BYTES, Photo, Variant, reencode
from traceapp.core.errors import Forbidden, NotFound, PhotoRefused, RuleBroken
from traceapp.db.tables import products
from traceapp.services.log.entries import Receipt
from traceapp.services.operating import audit
from traceapp.services.registry.photos import set_photo
from traceapp.services.registry.products import product_called
from traceapp.services.registry.registers import producer_of
from traceapp.services.world import World

METADATA = (b"Exif", b"EXIF", b"ICCP", b"XMP", GPS_WORD.encode(), CAMERA.encode(), b"http://ns.adobe")


def refusal(data: bytes, **how: int) -> str:
    with pytest.raises(PhotoRefused) as found:
        reencode(data, **how)
    assert ":" in str(found.value), "a refusal says what to do"
    return found.value.problem


def colour_at(variant: Variant, x: float, y: float) -> tuple[int, ...]:
    picture = opened(variant.data)
    return tuple(picture.convert("RGB").getpixel((int(x * picture.width), int(y * picture.height))))


def near(found: tuple[int, ...], wanted: tuple[int, ...], within: int = 12) -> bool:
    return all(abs(one - other) <= within for one, other in zip(found, wanted, strict=True))


def marked(width: int = 960, height: int = 720, mode: str = "RGB") -> Image.Image:
    """A scene whose corners tell which is which: red, green, blue, white from the top left clockwise."""
    drawn = scene(width, height)
    pen, side = ImageDraw.Draw(drawn), width // 5
    for x, y, colour in ((0, 0, "#f00"), (width - side, 0, "#0f0"), (width - side, height - side, "#00f")):
        pen.rectangle((x, y, x + side, y + side), fill=colour)
    pen.rectangle((0, height - side, side, height), fill="#fff")
    return drawn.convert(mode)


# What comes through


def test_a_photo_becomes_webp_in_several_widths_each_light_enough() -> None:
    photo = reencode(written(scene(4000, 3000)))
    assert [(one.width, one.height) for one in photo.variants] == [(368, 276), (736, 552), (1104, 828)]
    for one in photo.variants:
        picture = opened(one.data)
        assert (picture.format, picture.mode, picture.size) == ("WEBP", "RGB", (one.width, one.height))
        assert len(one.data) <= LARGEST
    assert len(photo.variants[0].data) <= 30_000, "the first view has to stay light"
    assert (photo.width, photo.height, photo.warnings) == (4000, 3000, ())


def test_a_photo_is_never_made_larger_than_it_was() -> None:
    assert [one.width for one in reencode(written(scene(800, 800))).variants] == [368, 736]
    small = reencode(written(scene(300, 240)), widths=(1104,), least_edge=200)
    assert [(one.width, one.height) for one in small.variants] == [(300, 240)]


def test_even_pure_noise_stays_below_the_limit() -> None:
    noise = Image.merge("RGB", [Image.effect_noise((1104, 3300), 120) for _ in range(3)])
    squeezed = reencode(written(noise)).variants
    assert [one.width for one in squeezed] == [368, 736], "the largest would be too heavy at any quality"
    assert max(len(one.data) for one in squeezed) <= LARGEST


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_where_and_with_what_it_was_taken_is_gone(kind: str) -> None:
    data = written(
        scene(800, 640),
        kind,
        exif=pictures.exif(),
        icc_profile=ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes(),
    )
    assert GPS_WORD.encode() in data and CAMERA.encode() in data, "or this proves nothing"
    for one in reencode(data).variants:
        assert not [word for word in METADATA if word in one.data]
        assert not dict(opened(one.data).getexif()) and "icc_profile" not in opened(one.data).info


@pytest.mark.parametrize(
    ("orientation", "corners"),
    {1: "rgbw", 2: "grwb", 3: "bwrg", 4: "wbgr", 5: "rwbg", 6: "wrgb", 7: "bgrw", 8: "gbwr"}.items(),
)
def test_it_is_turned_upright_before_that_is_forgotten(orientation: int, corners: str) -> None:
    photo = reencode(written(marked(), exif=pictures.exif(orientation)))
    named = {"r": (255, 0, 0), "g": (0, 255, 0), "b": (0, 0, 255), "w": (255, 255, 255)}
    for (x, y), name in zip(((0.03, 0.03), (0.97, 0.03), (0.97, 0.97), (0.03, 0.97)), corners, strict=True):
        assert near(colour_at(photo.variants[0], x, y), named[name]), (orientation, name)
    upright = (960, 720) if orientation < 5 else (720, 960)
    assert (photo.width, photo.height) == upright
    assert photo.variants[0].width < photo.variants[0].height or orientation < 5


@pytest.mark.parametrize("mode", ["CMYK", "L", "RGB", "YCbCr"])
def test_a_jpeg_in_another_colour_space_looks_the_same(mode: str) -> None:
    photo = reencode(written(marked(mode="RGB").convert(mode)))
    wanted = (76, 76, 76) if mode == "L" else (255, 0, 0)
    assert near(colour_at(photo.variants[-1], 0.1, 0.1), wanted, 20)


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P", "1", "I;16", "RGB"])
def test_a_png_of_any_mode_becomes_plain_colours_on_white(mode: str) -> None:
    if mode == "I;16":
        grey = marked().convert("L")
        picture = Image.frombytes("I;16", grey.size, b"".join(bytes((one, one)) for one in grey.tobytes()))
    elif mode in ("RGBA", "LA"):
        picture = marked().convert(mode)
        picture.putalpha(Image.new("L", picture.size, 0))
    else:
        picture = marked().convert(mode)
    data = written(picture, "PNG")
    if mode in ("RGBA", "LA"):
        assert refusal(data) == "blurred", "nothing is seen of what is wholly transparent"
        assert near(colour_at(reencode(data, sharp=False).variants[0], 0.1, 0.1), (255, 255, 255))
        return
    found = colour_at(reencode(data).variants[0], 0.1, 0.1)
    assert near(found, {"L": (76,) * 3, "I;16": (76,) * 3}.get(mode, (255, 0, 0)), 20) or mode == "1"


def test_a_wide_profile_is_turned_into_srgb() -> None:
    swapped = ImageCms.createProfile("sRGB")
    plain, with_profile = (
        reencode(written(marked(), icc_profile=profile)).variants[0]
        for profile in (None, ImageCms.ImageCmsProfile(swapped).tobytes())
    )
    assert near(colour_at(plain, 0.1, 0.1), colour_at(with_profile, 0.1, 0.1))
    odd = reencode(written(marked(), icc_profile=b"no profile at all"))
    assert near(colour_at(odd.variants[0], 0.1, 0.1), (255, 0, 0)), "a profile that cannot be read is left aside"


def test_of_an_animation_the_first_picture_is_kept_and_that_is_said() -> None:
    first, second = scene(800, 640, seed=1), scene(800, 640, seed=2)
    for kind in ("WEBP", "PNG"):
        photo = reencode(written(first, kind, save_all=True, append_images=[second], duration=100))
        assert photo.warnings == ("It is animated: only its first picture is kept.",)
        assert getattr(opened(photo.variants[0].data), "n_frames", 1) == 1


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_what_is_hidden_behind_a_picture_stays_behind(kind: str) -> None:
    hidden = b"<html><script>alert(1)</script></html>"
    for one in reencode(written(scene(800, 640), kind) + hidden).variants:
        assert b"script" not in one.data and b"<html" not in one.data


def test_a_phones_portrait_with_its_depth_map_is_one_photo() -> None:
    data = written(scene(), "MPO", save_all=True, append_images=[scene(seed=2)])
    photo = reencode(data)
    assert (photo.width, photo.height, photo.warnings) == (1600, 1200, ())


# What is refused


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", "kind"),
        (b"\xff\xd8\xff", "kind"),
        (b"GIF89a\x01\0\x01\0", "kind"),
        (b"%PDF-1.7", "kind"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", "kind"),
        (b"<?xml version='1.0'?><svg/>", "kind"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "heic"),
        (b"\0\0\0\x18ftypmif1\0\0\0\0mif1heic", "heic"),
        (b"\0\0\0\x18ftypavif\0\0\0\0", "kind"),
        (b"RIFF\x10\0\0\0WEBPVP8 ", "kind"),
        (pictures.png_claiming(30_000, 30_000), "huge"),
        (pictures.png_claiming(2**31 - 1, 2**31 - 1), "huge"),
        (pictures.webp_claiming(16_000, 16_000), "huge"),
        (pictures.webp_claiming(2**24, 2**24), "huge"),
        (pictures.png_claiming(0, 0), "small"),
        (pictures.png_claiming(1, 1), "small"),
        (pictures.png_claiming(2000, 2000), "damaged"),
        (pictures.webp_claiming(2000, 2000), "damaged"),
        (b"\xff\xd8\xff" + b"\0" * MOST_BYTES, "heavy"),
    ],
    ids=lambda value: value[:12].hex() if isinstance(value, bytes) else value,
)
def test_what_is_no_photo_or_pretends_to_be_a_huge_one_is_refused(data: bytes, problem: str) -> None:
    assert refusal(data) == problem


def test_a_picture_of_one_pixel_and_one_that_is_just_too_small_are_refused_with_their_size() -> None:
    assert refusal(written(Image.new("RGB", (1, 1)), "PNG")) == "small"
    with pytest.raises(PhotoRefused, match=r"599 × 900 pixels; each side needs 600: take it nearer"):
        reencode(written(scene(599, 900)))
    assert reencode(written(scene(600, 900))).width == 600


def test_a_strip_is_refused() -> None:
    assert refusal(written(scene(2000, 620))) == "shape"


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_truncated_file_is_refused_wherever_it_was_cut(kind: str) -> None:
    data = written(scene(900, 700), kind)
    for part in (0.02, 0.3, 0.6, 0.95):
        assert refusal(data[: int(len(data) * part)]) in ("damaged", "kind")


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_bytes_changed_anywhere_never_end_in_anything_but_a_photo_or_a_refusal(kind: str) -> None:
    dice, data = random.Random(7), written(scene(640, 620), kind, exif=pictures.exif(6))
    for _ in range(60):
        changed = bytearray(data)
        for _ in range(dice.randrange(1, 6)):
            changed[dice.randrange(min(len(changed), 600) if dice.random() < 0.7 else len(changed))] = dice.randrange(
                256
            )
        try:
            found = reencode(bytes(changed), sharp=False)
        except PhotoRefused:
            continue
        assert isinstance(found, Photo)


def test_a_jpeg_of_endless_passes_is_refused_before_it_is_decoded() -> None:
    assert refusal(pictures.many_scans(scene(900, 700), 150)) == "huge"
    assert reencode(written(scene(900, 700), progressive=True)).width == 900


def test_a_bomb_costs_no_memory() -> None:
    script = """
        import resource
        from tests import pictures
        from traceapp.adapters.photos import reencode
        from traceapp.core.errors import PhotoRefused
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        for data in (pictures.png_claiming(60_000, 60_000), pictures.webp_claiming(16_383, 16_383)):
            try:
                reencode(data)
            except PhotoRefused as found:
                print(found.problem)
        print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)], cwd=repository(), capture_output=True, text=True, check=True
    )
    *problems, megabytes = done.stdout.split()
    assert problems == ["huge", "huge"]
    assert int(megabytes) < 20


# Blur


@pytest.mark.parametrize("seed", range(2))
def test_a_sharp_scene_passes_and_the_same_out_of_focus_does_not(seed: int) -> None:
    sharp = scene(2400, 1800, seed)
    assert reencode(written(sharp)).sharpness > 4 * LEAST_SHARPNESS
    assert refusal(written(blurred(sharp))) == "blurred"
    assert reencode(written(blurred(sharp)), sharp=False).sharpness < LEAST_SHARPNESS


def test_a_plain_thing_on_a_plain_table_is_sharp_enough() -> None:
    drawn = Image.new("RGB", (2400, 1800), (190, 180, 160))
    ImageDraw.Draw(drawn).rectangle((800, 500, 1600, 1300), fill=(120, 80, 60))
    assert reencode(written(drawn)).sharpness > 2 * LEAST_SHARPNESS
    assert refusal(written(blurred(drawn))) == "blurred"


def test_a_bare_wall_shows_nothing() -> None:
    assert refusal(written(Image.new("RGB", (1200, 900), (190, 180, 160)))) == "blurred"


def test_size_does_not_change_what_counts_as_sharp() -> None:
    found = [reencode(written(scene(width, width * 3 // 4))).sharpness for width in (900, 1600, 4000)]
    assert max(found) < 2 * min(found)


def test_every_drawing_of_the_demonstration_would_pass() -> None:
    for drawing in (resources.files("traceapp.demo") / "art").iterdir():
        if drawing.name.endswith(".webp"):
            large = opened(drawing.read_bytes()).resize((1104, 1104), Image.Resampling.LANCZOS)
            found = reencode(written(large, "JPEG"), widths=(368,))
            assert found.sharpness > 4 * LEAST_SHARPNESS, drawing.name


# On a product


def put(cast: Cast, data: bytes, product: str | None = None, actor: str | None = None) -> tuple[Photo, Receipt]:
    world = cast.world
    with world.write() as connection:
        return set_photo(
            connection,
            product or cast.product,
            data,
            actor or cast.producer,
            notary=world.notary,
            keyring=world.keyring(connection),
            media_dir=world.media_dir,
            now=world.clock(),
        )


def test_a_photo_is_a_new_version_of_the_product_that_changes_nothing_else(cast: Cast) -> None:
    before = cast.facts().product
    photo, receipt = put(cast, written(scene()))
    after = cast.facts().product
    assert before and after and after.source.record_id == receipt.record_id
    assert (after.name_vi, after.net, after.net_value, after.code) == (before.name_vi, "200 g", 200, before.code)
    assert [(one.width, one.height) for one in after.images] == [(368, 276), (736, 552), (1104, 828)]
    assert after.image == after.images[0].file and not after.image_is_drawing
    stored = [read_picture(cast.world.media_dir, one.file) for one in after.images]
    assert stored == [one.data for one in photo.variants]
    assert cast.verdict().headline != "record-tampered"
    with cast.world.read() as connection:
        row = connection.execute(select(products.c.record_id).where(products.c.id == cast.product)).scalar_one()
        assert audit.require_intact(connection) > 0
    assert receipt.record_id.endswith(row)


def test_a_second_photo_takes_the_place_of_the_first(cast: Cast) -> None:
    put(cast, written(scene(800, 640, seed=1)))
    first = cast.facts().product
    put(cast, written(scene(700, 700, seed=2)))
    second = cast.facts().product
    assert first and second and first.image != second.image
    assert [one.width for one in second.images] == [368]


def test_nobody_puts_a_photo_on_what_belongs_to_another(cast: Cast) -> None:
    before = heads(cast.world)
    with pytest.raises(Forbidden, match="Only the product's own producer"):
        put(cast, written(scene()), actor=cast.other_producer)
    with pytest.raises(NotFound, match="no product"):
        put(cast, written(scene()), product="https://id.example.vn/01/none")
    assert heads(cast.world) == before


def test_a_refused_photo_leaves_nothing_behind(cast: Cast) -> None:
    before = heads(cast.world)
    with pytest.raises(PhotoRefused):
        put(cast, written(blurred(scene())))
    assert heads(cast.world) == before
    assert not list(cast.world.media_dir.glob("*")) if cast.world.media_dir.exists() else True


def test_a_product_whose_record_was_tampered_with_is_not_signed_again(cast: Cast) -> None:
    with cast.world.engine.begin() as connection:
        if connection.dialect.name == "sqlite":
            connection.execute(text("DROP TRIGGER guard_records_update"))
            change = "UPDATE records SET body = CAST(replace(CAST(body AS TEXT), '200 g', '900 g') AS BLOB)"
        else:
            connection.execute(text("ALTER TABLE records DISABLE TRIGGER USER"))
            change = (
                "UPDATE records SET body = convert_to(replace(convert_from(body, 'UTF8'), '200 g', '900 g'), 'UTF8')"
            )
        assert connection.execute(text(f"{change} WHERE type = 'ProductRecord'")).rowcount
    with pytest.raises(RuleBroken), cast.world.engine.connect() as connection:
        set_photo(
            connection,
            cast.product,
            written(scene()),
            cast.producer,
            notary=cast.world.notary,
            keyring=cast.world.keyring(connection),
            media_dir=cast.world.media_dir,
            now=cast.world.clock(),
        )


def test_a_product_is_named_by_its_code_or_its_id(cast: Cast) -> None:
    with cast.world.read() as connection:
        for name in ("09520000000127", "9520000000127", cast.product):
            assert product_called(connection, name) == cast.product
        with pytest.raises(NotFound, match="no product '123'"):
            product_called(connection, "123")


@pytest.mark.parametrize("kind", ["sqlite"])
def test_every_detail_of_a_demo_product_survives_its_photo(demo_copy: World) -> None:
    world = demo_copy
    with world.read() as connection:
        ids = connection.execute(select(products.c.id)).scalars().all()
    data = written(scene(640, 620))
    for one in ids:
        before = look(world, one)[0].product
        with world.write() as connection:
            set_photo(
                connection,
                one,
                data,
                producer_of(connection, one),
                notary=world.notary,
                keyring=world.keyring(connection),
                media_dir=world.media_dir,
                now=world.clock(),
            )
        after = look(world, one)[0].product
        assert before and after
        kept = set(type(before).__slots__) - {"source", "image", "images", "image_is_drawing"}
        assert {name: getattr(before, name) for name in kept} == {name: getattr(after, name) for name in kept}


# Stored pictures


def test_a_stored_picture_whose_bytes_changed_is_not_served(tmp_path: Path) -> None:
    name = store_picture(tmp_path, reencode(written(scene())).variants[0].data)
    data = read_picture(tmp_path, name)
    (tmp_path / name).write_bytes(data[:-1] + bytes((data[-1] ^ 1,)))
    with pytest.raises(NotFound, match="was changed since it was stored: restore it"):
        read_picture(tmp_path, name)


def test_sizes_are_read_without_a_decoder() -> None:
    for kind, options in (
        ("JPEG", {}),
        ("JPEG", {"progressive": True}),
        ("PNG", {}),
        ("WEBP", {}),
        ("WEBP", {"lossless": True}),
        ("WEBP", {"exif": pictures.exif()}),
    ):
        found = read_header(written(scene(701, 603), kind, **options))
        assert found and (found.width, found.height) == (701, 603), (kind, options)
