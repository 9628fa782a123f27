"""A product's photo on its pages: several sizes to choose from, kept for ever, never other bytes than the record's."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.conftest import HOST
from tests.pictures import opened, scene, written
from tests.web.conftest import BROWSER, Site
from traceapp.services.registry.photos import set_photo
from traceapp.services.registry.products import product_called
from traceapp.services.registry.registers import producer_of

GTIN = "09520000000127"
PAGE, LOT = f"/01/{GTIN}", f"/01/{GTIN}/10/DM2610B"
PICTURE = "image/avif,image/webp,image/*,*/*;q=0.8"


def put(site: Site, picture: bytes | None = None) -> None:
    world = site.world
    with world.write() as connection:
        product = product_called(connection, GTIN)
        set_photo(
            connection,
            product,
            picture or written(scene()),
            producer_of(connection, product),
            notary=world.notary,
            keyring=world.keyring(connection),
            media_dir=world.media_dir,
            now=world.clock(),
        )


def photo_on(site: Site, path: str) -> dict[str, str]:
    """The picture's attributes, and where it leads."""
    tree = site.page(path).tree
    (image,) = (one for one in tree.iter("img") if "photo" in (one.get("class") or ""))
    link = next((one.get("href", "") for one in tree.iter("a") if image in one), "")
    return {**image.attrib, "link": link}


@pytest.mark.parametrize("path", [PAGE, LOT])
def test_a_photo_is_offered_in_its_sizes_from_the_next_request_on(site: Site, path: str) -> None:
    drawing = photo_on(site, path)
    assert "srcset" not in drawing and not drawing["link"] and drawing["alt"].startswith("Hình vẽ")
    put(site)
    shown = photo_on(site, path)
    offered = dict(re.findall(r"(\S+) (\d+)w", shown["srcset"]))
    assert sorted(map(int, offered.values())) == [368, 736, 1104]
    assert (shown["width"], shown["height"]) == ("368", "276")
    assert shown["sizes"] and offered[shown["src"]] == "368" and offered[shown["link"]] == "1104"
    assert not shown["alt"].startswith("Hình vẽ")
    for address, width in offered.items():
        answer = site.ask(address, accept=PICTURE)
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert (answer.mimetype, opened(answer.data).width) == ("image/webp", int(width))


def test_an_items_page_shows_it_too_and_lists_keep_to_the_smallest(site: Site) -> None:
    put(site)
    assert "srcset" in photo_on(site, site.item("DM2610B", 1))
    (listed,) = re.findall(rf'href="/verify/01/{GTIN}[^"]*"><img[^>]*src="([^"]+)"', site.ask("/").text)
    assert opened(site.ask(listed).data).width == 368


def test_a_photo_of_one_size_needs_no_choice(site: Site) -> None:
    put(site, written(scene(640, 620)))
    shown = photo_on(site, PAGE)
    assert "srcset" not in shown and not shown["link"]
    assert (shown["width"], shown["height"]) == ("368", "356")


def test_the_record_says_which_bytes_and_a_real_photo_is_disclosed(site: Site) -> None:
    put(site)
    record = site.verdict(PAGE)["record_ids"]
    said = [site.ask(one.partition(HOST)[2]).get_json(force=True) for one in record]
    newest = next(one for one in reversed(said) if "traceapp:images" in one["credentialSubject"])
    files = [one["traceapp:file"] for one in newest["credentialSubject"]["traceapp:images"]]
    assert photo_on(site, PAGE)["src"] == f"/media/{files[0]}"


def test_a_picture_changed_on_disk_is_not_served_and_the_drawn_one_stands_in(site: Site) -> None:
    put(site)
    address = photo_on(site, PAGE)["src"]
    file = site.world.media_dir / address.rpartition("/")[2]
    for spoil in (lambda path: path.write_bytes(written(scene(seed=9), "WEBP")), Path.unlink):
        spoil(file)
        answer = site.ask(address, accept=PICTURE)
        assert (answer.status_code, answer.mimetype) == (404, "image/svg+xml")
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.data.startswith(b"<svg")
        assert site.ask(address, accept=BROWSER).mimetype == "text/html"
    assert site.ask(PAGE).status_code == 200
