"""A bundle is enough to check a lot without us, and nothing in it can be altered unnoticed."""

from __future__ import annotations

import io
import random
import zipfile

import pytest

from tests.builders import demo, lot_id
from tests.services.cast import Cast, identity_of, look
from traceapp.adapters.rulebook import load_rulebook
from traceapp.core import bundle as core_bundle
from traceapp.core.credential import Signer
from traceapp.core.digital_link import parse_url
from traceapp.core.errors import Malformed, NotFound, Unavailable
from traceapp.core.keys import Role
from traceapp.core.offline import Checked, Outcome, check_bundle
from traceapp.core.trust import TrustList
from traceapp.services.operating import keys
from traceapp.services.records.bundles import make_bundle
from traceapp.services.records.verdicts import gather
from traceapp.services.world import World

LOTS = [one["lot"] for one in demo()["lots"]]
# What the page knows and a bundle cannot, or the other way round.
ONLINE_ONLY = {"witnessed", "not-witnessed", "disclosure-incomplete", "disclosure-complete"}
OFFLINE_ONLY = {"log-proved", "keys-pinned", "keys-not-pinned"}


def bundle_of(world: World, url: str) -> bytes:
    """The bundle of what the address names, as the command line and the page make it."""
    identity = parse_url(url)[1].identity
    assert identity is not None
    with world.read() as connection:
        evidence = gather(connection, world.host, identity, world.rulebook).evidence
        return make_bundle(connection, evidence, url, world.published.read(), world.host)


def pinned(world: World) -> TrustList:
    with world.read() as connection:
        return keys.trust_list(connection)


def check(data: bytes, world: World, *, trust: TrustList | None = None) -> Checked:
    return check_bundle(data, load_rulebook(), world.clock(), pinned=trust)


@pytest.mark.parametrize("lot", LOTS)
def test_every_lot_of_the_demonstration_checks_offline(read_demo: World, lot: str) -> None:
    data = bundle_of(read_demo, lot_id(lot))
    trusted, untrusted = check(data, read_demo, trust=pinned(read_demo)), check(data, read_demo)
    assert trusted.pinned
    assert not untrusted.pinned
    records = [check.state for check in trusted.facts.checks]
    assert set(records) == {"good"}
    _, online = look(read_demo, lot_id(lot))
    bad = any(finding.severity == "bad" for finding in online.findings)
    assert trusted.outcome == (Outcome.BAD if bad else Outcome.GOOD)
    assert untrusted.outcome == (Outcome.BAD if bad else Outcome.NOT_PINNED)


@pytest.mark.parametrize("kind", ["sqlite"])
@pytest.mark.parametrize("lot", LOTS)
def test_a_bundle_says_what_the_page_says(read_demo: World, lot: str) -> None:
    """SHIP and RECEIVE are shown to their parties only: what rests on them alone may be missing."""
    offline = check(bundle_of(read_demo, lot_id(lot)), read_demo).verdict
    _, online = look(read_demo, lot_id(lot))
    assert offline.headline == online.headline
    here = {finding.code for finding in online.findings} - ONLINE_ONLY
    there = {finding.code for finding in offline.findings} - ONLINE_ONLY - OFFLINE_ONLY
    assert there == here


def test_the_same_lot_makes_the_same_bytes(read_demo: World) -> None:
    assert bundle_of(read_demo, lot_id(LOTS[0])) == bundle_of(read_demo, lot_id(LOTS[0]))


def test_a_bundle_speaks_of_products_and_labels_too(cast: Cast) -> None:
    cast.harvest()
    run, _ = cast.issue(1, signed=True)
    label = next(cast.world.label_maker.urls(run))
    for url in (cast.product, cast.lot, label):
        assert check(bundle_of(cast.world, url), cast.world, trust=pinned(cast.world)).outcome == Outcome.GOOD
    codes = {one.code for one in check(bundle_of(cast.world, label), cast.world).verdict.findings}
    assert "label-signature-good" in codes
    flipped = label[:-1] + ("1" if label[-1] != "1" else "2")
    assert check(bundle_of(cast.world, flipped), cast.world).outcome == Outcome.BAD


def test_a_label_with_a_variant_is_a_label_of_the_same_lot(cast: Cast) -> None:
    url = cast.lot.replace("/10/", "/22/V2/10/")
    found = check(bundle_of(cast.world, url), cast.world, trust=pinned(cast.world))
    assert found.outcome == Outcome.GOOD
    assert found.facts.lot is not None


@pytest.mark.parametrize("kind", ["sqlite"])
def test_no_bit_of_a_bundle_can_be_flipped_unnoticed(read_demo: World) -> None:
    """Whatever is hit: the file cannot be read, or a finding is bad."""
    trust, data, chance = pinned(read_demo), bundle_of(read_demo, lot_id("VS2609A")), random.Random(20)
    for _ in range(60):
        altered = bytearray(data)
        altered[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
        try:
            found = check(bytes(altered), read_demo, trust=trust)
        except Malformed:
            continue
        assert found.outcome == Outcome.BAD


def test_no_bit_of_a_file_inside_can_be_flipped_unnoticed(cast: Cast) -> None:
    """With the ZIP's own checksums made right again."""
    files, trust, chance = unzipped(bundle_of(cast.world, cast.lot)), pinned(cast.world), random.Random(7)
    for name in [name for name in files if name.startswith(("records/", "proofs/", "trust.json", "label.txt"))]:
        for _ in range(6):
            altered = bytearray(files[name])
            altered[chance.randrange(len(altered) - 1)] ^= 1 << chance.randrange(8)
            try:
                found = check(core_bundle.pack({**files, name: bytes(altered)}), cast.world, trust=trust)
            except Malformed:
                continue
            assert found.outcome != Outcome.GOOD, name


def unzipped(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_a_record_of_a_bundle_swapped_for_another_is_noticed(cast: Cast) -> None:
    files = unzipped(bundle_of(cast.world, cast.lot))
    one, other, *_ = [name for name in files if name.startswith("records/")]
    swapped = {**files, one: files[other], other: files[one]}
    assert check(core_bundle.pack(swapped), cast.world, trust=pinned(cast.world)).outcome == Outcome.BAD


def test_a_bundle_of_another_service_is_refused_under_this_pin(cast: Cast, read_demo: World) -> None:
    theirs = bundle_of(read_demo, lot_id(LOTS[0]))
    assert check(theirs, cast.world, trust=pinned(cast.world)).outcome == Outcome.BAD


def test_an_older_trust_file_in_a_bundle_is_refused_under_a_newer_pin(cast: Cast) -> None:
    older = bundle_of(cast.world, cast.lot)
    with cast.world.write() as connection:
        root = Signer.of_host(cast.world.host, cast.world.key_store.load(Role.ROOT))
        keys.add_host(connection, "tem.example.vn", root, cast.world.clock())
    assert check(older, cast.world, trust=pinned(cast.world)).outcome == Outcome.BAD
    newer = bundle_of(cast.world, cast.lot)
    assert check(newer, cast.world, trust=pinned(cast.world)).outcome == Outcome.GOOD


def test_what_is_not_published_yet_is_left_out_and_the_rest_proved(cast: Cast) -> None:
    published = cast.world.published.read()
    receipt = cast.harvest()
    identity = identity_of(cast.world, cast.lot)
    with cast.world.read() as connection:
        evidence = gather(connection, cast.world.host, identity, cast.world.rulebook).evidence
        data = make_bundle(connection, evidence, cast.lot, published, cast.world.host)
        assert not any(receipt.record_id.rpartition("/")[2] in name for name in unzipped(data))
        assert check(data, cast.world, trust=pinned(cast.world)).outcome == Outcome.GOOD
        with pytest.raises(Unavailable, match="Nothing is published yet"):
            make_bundle(connection, evidence, cast.lot, None, cast.world.host)


def test_nothing_known_makes_no_bundle(cast: Cast) -> None:
    with pytest.raises(NotFound, match="Nothing is known"):
        bundle_of(cast.world, f"https://{cast.world.host}/01/09520000000998/10/L1")
