"""Bundles checked with nothing else at hand: good, bad, unreadable, or consistent under keys that came along."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.cast import CERTIFIER, HOST, LOT, NOW, OTHER_LOT, PRODUCER, PRODUCT, thing_id
from tests.core.cast import (
    EPOCH,
    KEYS,
    LABEL,
    PRIVATE,
    SAID,
    STRANGER,
    Ledger,
    at,
    harvest,
    keys_with,
    label_run,
    lot,
    organisation,
    product,
    said,
    signed,
    tea,
    trust,
    trust_bytes,
    uuid_of,
)
from tests.core.test_evidence import places, stored
from tests.core.test_readings import STATEMENTS
from traceapp.core.acts import say_recall
from traceapp.core.bundle import pack
from traceapp.core.canonical import canonicalise, parse_canonical
from traceapp.core.checkpoint import add_signatures, cosign
from traceapp.core.credential import Signer
from traceapp.core.digital_link import parse_url
from traceapp.core.errors import InvalidEvent, Malformed, VerificationError
from traceapp.core.events import Goods, Stage
from traceapp.core.facts import LabelSignature, RecordState, RuleBook
from traceapp.core.findings import Severity
from traceapp.core.keys import PublicKey, Role, public_bytes
from traceapp.core.label import label_url, sign_label
from traceapp.core.note import Algorithm, VerifierKey
from traceapp.core.offline import Checked, Outcome, check_bundle
from traceapp.core.policy import Witness, witnessing
from traceapp.core.registers import say_certificate
from traceapp.core.tlog_proof import format_proof, parse_proof
from traceapp.core.trust import TrustList, read_trust_list

BOOK = RuleBook("2026-11")
PINNED = trust()
PATH = LOT.removeprefix(f"https://{HOST}")
PRODUCT_LABEL = LABEL.partition("/10/")[0]
SERIAL = "FD5MA4NX78AM0"
Files = dict[str, bytes]


def checked(data: bytes, pinned: TrustList | None = PINNED, now: datetime = NOW) -> Checked:
    """What comes of a bundle."""
    return check_bundle(data, BOOK, now, pinned=pinned)


def checked_files(files: Files, pinned: TrustList | None = PINNED) -> Checked:
    """What comes of a bundle of these files."""
    return checked(pack(files), pinned)


def codes(result: Checked) -> set[str]:
    """The findings' codes."""
    return {finding.code for finding in result.verdict.findings}


def wrong(result: Checked) -> dict[str, RecordState]:
    """Every check that is not good, by what it is of."""
    return {check.record_id: check.state for check in result.facts.checks if check.state is not RecordState.GOOD}


def require_bad(result: Checked, place: int, reason: str) -> None:
    """The outcome is bad because of the record at `place`, for this reason."""
    assert result.outcome is Outcome.BAD
    assert wrong(result) == {at(place): RecordState.TAMPERED}
    assert reason in next(check.reason or "" for check in result.facts.checks if check.record_id == at(place))
    assert "record-tampered" in codes(result)


def test_a_good_bundle_is_good_under_a_pinned_trust_file() -> None:
    result = checked(tea().bundle())
    assert result.outcome is Outcome.GOOD == 0
    assert wrong(result) == {}
    assert {"record-authentic", "log-proved", "keys-pinned"} <= codes(result)
    assert (result.size, result.restricted, result.pinned, result.trust) == (7, 0, True, PINNED)
    assert result.facts.lot and result.facts.events[0].event.outputs == harvest().outputs
    assert result.facts.events[0].event.kde["crew"] is True, "who picked is not in the bundle"
    (proved,) = result.verdict.find("log-proved")
    assert proved.data == {"size": 7, "origin": f"{HOST}/log"}


def test_keys_that_came_along_are_not_pinned() -> None:
    result = checked(tea().bundle(), pinned=None)
    assert result.outcome is Outcome.NOT_PINNED == 3
    assert "keys-not-pinned" in codes(result) and "keys-pinned" not in codes(result)
    assert not result.pinned and result.trust == PINNED


def test_a_bundle_of_a_whole_product_is_good() -> None:
    assert checked(tea().bundle(PRODUCT_LABEL)).outcome is Outcome.GOOD


def test_an_expired_trust_file_is_a_warning() -> None:
    later = PINNED.valid_until
    (before,) = checked(tea().bundle(), now=later - timedelta(seconds=1)).verdict.find("keys-pinned")
    (after,) = checked(tea().bundle(), now=later).verdict.find("keys-pinned")
    assert (before.severity, before.data["expired"]) == (Severity.GOOD, False)
    assert (after.severity, after.data["expired"]) == (Severity.WARNING, True)


def test_a_bad_finding_makes_a_bad_bundle_pinned_or_not() -> None:
    recalled = tea(say_recall(lot=LOT, day=SAID.date(), reason_vi="ẩm", by=PRODUCER, role="producer")).bundle()
    for pinned in (PINNED, None):
        result = checked(recalled, pinned)
        assert result.outcome is Outcome.BAD == 1
        assert "lot-recalled" in codes(result)


@pytest.mark.parametrize("data", [b"", b"PK", pack({"trust.json": b"{}"}), pack({"trust.json": b"\xff"})])
def test_what_cannot_be_read_is_malformed(data: bytes) -> None:
    for pinned in (PINNED, None):
        with pytest.raises(Malformed):
            checked(data, pinned)
    assert Outcome.UNREADABLE == 2


SMALL = {
    name: data
    for name, data in Ledger(product()).files(PRODUCT_LABEL).items()
    if not name.startswith(("contexts", "README"))
}


def never_good(data: bytes) -> None:
    """The bundle is bad or unreadable."""
    try:
        result = checked(data)
    except VerificationError as cause:
        assert isinstance(cause, Malformed)
    else:
        assert result.outcome is Outcome.BAD


@pytest.mark.many
@pytest.mark.parametrize("bit", range(8))
def test_a_bundle_with_any_bit_flipped_is_never_good(bit: int) -> None:
    data = pack(SMALL)
    assert checked(data).outcome is Outcome.GOOD
    for place in range(bit % 2, len(data), 2):
        changed = bytearray(data)
        changed[place] ^= 1 << bit
        never_good(bytes(changed))


@pytest.mark.many
@pytest.mark.parametrize("name", SMALL)
def test_a_file_with_a_bit_flipped_and_packed_anew_is_never_good(name: str) -> None:
    for place in range(0, len(SMALL[name]), 2):
        changed = bytearray(SMALL[name])
        changed[place] ^= 1 << place // 2 % 8
        # A web address names the same thing however its scheme and host are written.
        if changed.lower() != SMALL[name].lower():
            never_good(pack({**SMALL, name: bytes(changed)}))


def test_the_label_may_be_written_as_labels_are_printed() -> None:
    result = checked(tea().bundle(label_url(HOST, PATH)))
    assert result.outcome is Outcome.GOOD and result.facts.lot


TRUST_CHANGES: dict[str, bytes] = {
    "of another host": trust_bytes(host="other.vn", root=Signer.of_host("other.vn", PRIVATE[Role.ROOT]), version=9),
    "of a lower version": trust_bytes(version=4),
    "of the same version with other bytes": trust_bytes(version=5, hosts=[HOST]),
    "signed by another root": trust_bytes(
        version=6, keys=keys_with(Role.ROOT, raw=public_bytes(STRANGER)), root=Signer.of_host(HOST, STRANGER)
    ),
}


@pytest.mark.parametrize("changed", TRUST_CHANGES.values(), ids=TRUST_CHANGES)
def test_a_trust_file_that_the_pinned_one_does_not_lead_to_is_refused(changed: bytes) -> None:
    pinned = trust(version=5)
    result = checked(tea().bundle(trust=changed), pinned)
    assert result.outcome is Outcome.BAD
    assert result.verdict.findings[0].code == "trust-refused"
    assert result.verdict.findings[0].data["reason"]
    assert (result.trust, result.pinned, result.size) == (pinned, True, 0)
    assert result.facts.lot is None and result.facts.product is None
    assert result.facts.identity.lot == "L1"


def test_another_services_bundle_is_refused_even_when_its_label_is_its_own() -> None:
    other = trust_bytes(host="other.vn", hosts=["other.vn"], root=Signer.of_host("other.vn", PRIVATE[Role.ROOT]))
    result = checked(tea().bundle(LABEL.replace(HOST, "other.vn"), trust=other))
    assert result.outcome is Outcome.BAD and "trust-refused" in codes(result)


def test_a_trust_file_that_did_not_sign_itself_is_refused_without_a_pinned_one_too() -> None:
    forged = trust_bytes(root=Signer(STRANGER, Signer.of_host(HOST, PRIVATE[Role.ROOT]).verification_method))
    result = checked(tea().bundle(trust=forged), pinned=None)
    assert result.outcome is Outcome.BAD and "trust-refused" in codes(result)
    assert not result.pinned


def test_a_newer_trust_file_under_the_pinned_root_is_taken() -> None:
    newer = trust_bytes(version=2, keys=(*KEYS, PublicKey(Role.RECORD, b"k" * 32, SAID)))
    result = checked(tea().bundle(trust=newer))
    assert result.outcome is Outcome.GOOD and result.trust.version == 2


def test_what_the_lost_key_of_a_log_signed_counts_for_nothing_where_no_witness_saw_it_before() -> None:
    keys = keys_with(Role.LOG, compromised_since=EPOCH, retired=SAID, revoked=SAID)
    successor = PublicKey(Role.LOG, b"k" * 32, SAID, first_size=1000)
    result = checked(tea().bundle(trust=trust_bytes(version=2, keys=(*keys, successor))))
    assert result.outcome is Outcome.BAD
    assert set(wrong(result).values()) == {RecordState.KEY_REVOKED}


def test_records_under_a_lost_key_are_bad() -> None:
    lost = trust_bytes(version=2, keys=keys_with(Role.RECORD, compromised_since=EPOCH, retired=NOW, revoked=NOW))
    result = checked(tea().bundle(trust=lost))
    assert result.outcome is Outcome.BAD and "key-revoked" in codes(result)
    assert set(wrong(result).values()) == {RecordState.KEY_REVOKED}


@pytest.mark.parametrize(
    "label",
    [
        "https://other.vn" + PATH,
        f"https://{HOST}/00/095200000000000016",
        f"https://{HOST}/414/9520000900021",
        f"https://{HOST}/",
        "https://",
        "L1",
        f"https://{HOST}/01/09520000000126",
        f"ftp://{HOST}{PATH}",
    ],
)
def test_a_label_that_names_no_product_of_this_service_is_malformed(label: str) -> None:
    with pytest.raises(Malformed, match=r"label\.txt"):
        checked(tea().bundle(label))
    files = tea().files()
    files.pop("label.txt")
    with pytest.raises(Malformed, match=r"label\.txt"):
        checked_files(files)


def test_a_label_may_carry_any_host_of_the_trust_file() -> None:
    assert checked(tea().bundle(f"https://qr.example.vn{PATH}")).outcome is Outcome.GOOD


def test_a_bundle_without_a_record_of_what_its_label_names_shows_nothing() -> None:
    empty = Ledger().bundle()
    others = tea().bundle(LABEL.replace("L1", "L9"))
    stripped = Ledger(organisation(), product()).bundle()
    another = tea().bundle(f"https://{HOST}/01/09520000000110")
    for data in (empty, others, stripped, another):
        for pinned in (PINNED, None):
            with pytest.raises(Malformed, match="holds no record of"):
                checked(data, pinned)


def test_a_label_with_a_variant_is_of_the_same_lot() -> None:
    result = checked(tea().bundle(LABEL.replace("/10/", "/22/A/10/")))
    assert result.outcome is Outcome.GOOD and result.facts.lot


def test_a_changed_record_is_not_the_one_that_was_logged() -> None:
    files = tea().files()
    name = f"records/{uuid_of(5)}.json"
    files[name] = files[name].replace(b"2028-10-09", b"2029-10-09")
    require_bad(checked_files(files), 5, "expected root")


def test_a_record_or_proof_in_anothers_place_is_found_out() -> None:
    for folder, ending in (("records", ".json"), ("proofs", ".tlog-proof")):
        files = tea().files()
        first, second = (f"{folder}/{uuid_of(number)}{ending}" for number in (5, 6))
        files[first], files[second] = files[second], files[first]
        result = checked_files(files)
        assert result.outcome is Outcome.BAD
        assert wrong(result) == {at(5): RecordState.TAMPERED, at(6): RecordState.TAMPERED}


def test_a_record_that_was_logged_under_another_name_is_found_out() -> None:
    ledger = tea()
    body = ledger.records[6].body or b""
    ledger.records[6] = replace(ledger.records[6], entry=ledger.records[6].entry.replace(b"6", b"9"))
    files = ledger.files()
    require_bad(checked_files(files), 6, "expected root")
    ledger = tea(said())
    ledger.records[7] = stored(parse_canonical(body) | {"id": at(6)})
    result = checked(ledger.bundle())
    assert wrong(result) == {at(7): RecordState.TAMPERED}


def test_a_proof_to_a_checkpoint_that_the_log_did_not_sign_is_bad() -> None:
    files = tea().files()
    files[f"proofs/{uuid_of(6)}.tlog-proof"] = tea().proofs(log=STRANGER)[uuid_of(6)]
    require_bad(checked_files(files), 6, "no signature by")


def test_a_quorum_of_witnesses_on_the_proofs_says_when_they_saw_the_records() -> None:
    first, second = (Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32) for number in (71, 72))
    named = [
        Witness(name, VerifierKey.of(name, Algorithm.COSIGNATURE_V1, key))
        for name, key in (("w1", first), ("w2", second))
    ]
    trusted = trust_bytes(witnessing=witnessing(named, 2))
    files = tea().files(trust=trusted)
    seen = int(NOW.timestamp()) - 3600

    def cosigned(*witnesses: tuple[str, Ed25519PrivateKey, int]) -> Files:
        changed = dict(files)
        for name in [one for one in files if one.startswith("proofs/")]:
            proof = parse_proof(files[name])
            note = proof.checkpoint
            for witness, key, time in witnesses:
                note = add_signatures(note, cosign(proof.checkpoint, key, witness, time))
            changed[name] = format_proof(proof.index, proof.path, note)
        return changed

    pinned = read_trust_list(trusted)
    both = checked_files(cosigned(("w1", first, seen - 60), ("w2", second, seen)), pinned)
    assert both.verdict.find("witnessed")
    assert {one.witnessed_at for one in both.facts.checks} == {datetime.fromtimestamp(seen, UTC)}
    alone = checked_files(cosigned(("w1", first, seen)), pinned)
    assert alone.verdict.find("not-witnessed") and not alone.verdict.find("witnessed")
    forged = checked_files(cosigned(("w1", first, seen), ("w2", first, seen)), pinned)
    assert not forged.verdict.find("witnessed")


def test_two_roots_for_one_size_are_bad() -> None:
    fork = tea()
    fork.records[6] = signed(said(harvest(outputs=(Goods("búp chè", 8800, "kg"),))), 6)
    files = tea().files()
    files[f"records/{uuid_of(6)}.json"] = fork.records[6].body or b""
    files[f"proofs/{uuid_of(6)}.tlog-proof"] = fork.proofs()[uuid_of(6)]
    require_bad(checked_files(files), 6, "two roots for 7 entries")


def test_proofs_to_older_checkpoints_are_good_and_the_newest_counts() -> None:
    files = tea().files()
    for uuid, proof in tea().proofs(6).items():
        files[f"proofs/{uuid}.tlog-proof"] = proof
    result = checked_files(files)
    assert result.outcome is Outcome.GOOD and result.size == 7


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda proof: b"", "blank line"),
        (lambda proof: proof.replace(b"index 6", b"index 5"), "expected"),
        (lambda proof: proof.replace(b"index 6", b"index 7"), "not in a log of 7"),
        (lambda proof: proof.replace(b"\n7\n", b"\n8\n"), "does not fit"),
        (lambda proof: proof.replace(b"id.example", b"id.exampie"), "no signature"),
        (lambda proof: proof[:-5], "newline"),
    ],
)
def test_a_proof_that_does_not_hold_is_bad(change: Callable[[bytes], bytes], reason: str) -> None:
    files = tea().files()
    name = f"proofs/{uuid_of(6)}.tlog-proof"
    files[name] = change(files[name])
    require_bad(checked_files(files), 6, reason)


def test_a_proof_of_a_format_to_come_cannot_be_checked() -> None:
    files = tea().files()
    name = f"proofs/{uuid_of(6)}.tlog-proof"
    files[name] = files[name].replace(b"tlog-proof@v1", b"tlog-proof@v2")
    result = checked_files(files)
    assert wrong(result) == {at(6): RecordState.CANNOT_BE_CHECKED}
    assert result.outcome is Outcome.GOOD and result.facts.events == ()
    assert not result.verdict.find("log-proved"), "not every entry is proved to be in the log"
    (authentic,) = result.verdict.find("record-authentic")
    assert (authentic.severity, authentic.data["unchecked"]) == (Severity.INFO, 1)


def test_a_restricted_record_is_proved_to_exist_and_says_nothing() -> None:
    shipped = said(harvest(stage=Stage.SHIP, kde={"to": "shop"}))
    result = checked(tea(shipped).bundle(hidden=[7]))
    assert result.outcome is Outcome.GOOD and result.restricted == 1
    assert [fact.stage for fact in result.facts.events] == [Stage.HARVEST]


def test_a_restricted_entry_that_is_not_in_the_log_is_bad_and_not_counted() -> None:
    files = tea(said()).files(hidden=[7])
    name = f"entries/{uuid_of(7)}.json"
    files[name] = files[name].replace(b'"sha256":"', b'"sha256":"0')
    result = checked_files(files)
    assert result.restricted == 0
    require_bad(result, 7, "expected root")


def test_a_restricted_entry_filed_under_another_name_is_bad() -> None:
    ledger = tea(said(), said())
    files = ledger.files(hidden=[7, 8])
    files[f"entries/{uuid_of(7)}.json"] = files[f"entries/{uuid_of(8)}.json"]
    require_bad(checked_files(files), 7, "names another record")


def test_a_restricted_entry_of_a_version_to_come_cannot_be_checked() -> None:
    ledger = tea(said())
    ledger.records[7] = replace(ledger.records[7], entry=b'{"t":"record","v":2}')
    result = checked(ledger.bundle(hidden=[7]))
    assert wrong(result) == {at(7): RecordState.CANNOT_BE_CHECKED}
    assert result.outcome is Outcome.GOOD and result.restricted == 0


@pytest.mark.parametrize("name", sorted(name for name in tea().files() if name.startswith("contexts/")))
def test_a_context_that_is_not_the_one_records_name_is_bad(name: str) -> None:
    files = tea().files()
    files[name] = files[name].replace(b'"', b"'", 1)
    result = checked_files(files)
    assert result.outcome is Outcome.BAD
    assert list(wrong(result).values()) == [RecordState.TAMPERED]
    files.pop(name)
    assert checked_files(files).outcome is Outcome.GOOD


def test_a_context_that_is_not_known_cannot_be_checked() -> None:
    result = checked_files({**tea().files(), "contexts/id.example.vn-vocab-v2": b"{}"})
    assert wrong(result) == {"id.example.vn-vocab-v2": RecordState.CANNOT_BE_CHECKED}
    assert result.outcome is Outcome.GOOD


def test_other_words_to_the_reader_are_told() -> None:
    files = tea().files()
    for place in range(0, len(files["README.txt"]), 97):
        changed = bytearray(files["README.txt"])
        changed[place] ^= 1 << place % 8
        told = wrong(checked_files({**files, "README.txt": bytes(changed)}))
        assert told == {"README.txt": RecordState.CANNOT_BE_CHECKED}
    files.pop("README.txt")
    assert wrong(checked_files(files)) == {}


def signed_label(
    serial: str = SERIAL, *, key: Ed25519PrivateKey = PRIVATE[Role.LABEL], host: str = HOST, path: str = PATH
) -> str:
    """The address of an item's label with its signature."""
    return label_url(host, f"{path}/21/{serial}", sign_label(key, host, f"{path}/21/{serial}"))


def label_of(result: Checked) -> LabelSignature | None:
    """What came of the label's signature; None where it was not checked."""
    return result.facts.code.signature if result.facts.code else None


def test_a_labels_signature_is_checked() -> None:
    result = checked(tea(label_run()).bundle(signed_label()))
    assert label_of(result) is LabelSignature.GOOD
    assert result.outcome is Outcome.GOOD and "label-signature-good" in codes(result)


def test_a_label_is_checked_as_printed_whatever_way_it_was_typed() -> None:
    typed = signed_label().replace(SERIAL, SERIAL.lower().replace("0", "o"))
    assert label_of(checked(tea(label_run()).bundle(typed))) is LabelSignature.GOOD
    variant = PATH.replace("/10/", "/22/A/10/")
    ledger = tea(label_run(path=PATH), label_run(first=11, path=variant))
    assert label_of(checked(ledger.bundle(signed_label(path=variant)))) is LabelSignature.GOOD


@pytest.mark.parametrize(
    "label",
    [
        signed_label(key=STRANGER),
        signed_label(key=PRIVATE[Role.RECORD]),
        signed_label().replace(SERIAL, "FD5MA4NX78AM1"),
        signed_label()[:-1] + str(9 - int(signed_label()[-1])),
        signed_label()[:-1],
        signed_label() + "&" + signed_label().partition("?")[2],
        signed_label().partition("?")[0] + "?S=",
        signed_label(host="qr.example.vn").replace("QR.EXAMPLE.VN", HOST),
    ],
)
def test_a_label_with_a_bad_signature_is_bad(label: str) -> None:
    for ledger in (tea(label_run()), tea()):
        result = checked(ledger.bundle(label))
        assert label_of(result) is LabelSignature.BAD
        assert result.outcome is Outcome.BAD
        assert codes(result) & {"label-signature-bad", "code-unknown"}


def test_a_label_under_a_lost_key_says_so() -> None:
    lost = trust_bytes(version=2, keys=keys_with(Role.LABEL, compromised_since=SAID, retired=NOW, revoked=NOW))
    result = checked(tea(label_run()).bundle(signed_label(), trust=lost))
    assert label_of(result) is LabelSignature.KEY_REVOKED
    assert result.outcome is Outcome.GOOD and "label-key-revoked" in codes(result)


def test_a_label_under_a_retired_key_stands() -> None:
    retired = trust_bytes(version=2, keys=keys_with(Role.LABEL, retired=NOW))
    assert label_of(checked(tea(label_run()).bundle(signed_label(), trust=retired))) is LabelSignature.GOOD


def test_a_label_without_the_signature_that_all_have_says_so() -> None:
    plain = signed_label().partition("?")[0]
    assert label_of(checked(tea(label_run(signed=True)).bundle(plain))) is LabelSignature.MISSING
    assert label_of(checked(tea(label_run(signed=True), label_run(first=11, signed=False)).bundle(plain))) is None
    assert label_of(checked(tea(label_run(signed=False)).bundle(plain))) is None


def test_a_serial_that_nothing_in_the_bundle_speaks_for_is_not_checked() -> None:
    for ledger, label in (
        (tea(), signed_label()),
        (tea(), signed_label().partition("?")[0]),
        (tea(label_run(path=f"{PATH}9")), signed_label()),
    ):
        result = checked(ledger.bundle(label))
        assert label_of(result) is None
        assert result.outcome is Outcome.GOOD
        (unknown,) = result.verdict.find("code-unknown")
        assert (unknown.severity, unknown.data["checked"]) == (Severity.INFO, False)


def test_a_label_of_a_whole_lot_has_no_code() -> None:
    assert checked(tea(label_run()).bundle()).facts.code is None


def test_facts_of_a_bundle_are_those_of_a_page() -> None:
    details = {"scheme": "HACCP", "number": "1", "issued": "2026-01-01"}
    certificate = thing_id("certificate")
    ledger = tea(
        say_certificate(
            certificate, PRODUCT, CERTIFIER, details, declared_by=PRODUCER, role="producer", status_index=1
        ),
        said(harvest(stage=Stage.MIX, inputs=(Goods("chè", 1, "kg", OTHER_LOT),), kde={})),
        lot(OTHER_LOT, lot="L2"),
    )
    result = checked(ledger.bundle())
    assert [one.id for one in result.facts.certificates] == [certificate]
    assert set(result.facts.lots) == {LOT, OTHER_LOT}
    assert parse_url(LABEL)[1].identity == result.facts.identity


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.floats(-9, 9) | st.text("ab", max_size=2),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["id", "traceapp:what"]), inner),
    max_leaves=4,
)


@pytest.mark.many
@settings(max_examples=50)
@given(st.sampled_from(sorted(STATEMENTS)), JSON, st.data())
def test_whatever_a_hostile_service_signs_a_bundle_has_an_outcome(kind: str, value: Any, data: st.DataObject) -> None:
    unsigned = parse_canonical(signed(STATEMENTS[kind], 7).body or b"")
    unsigned.pop("proof")
    ways = [path for path in places(unsigned["credentialSubject"]) if path]
    if not ways:
        return
    *way, last = data.draw(st.sampled_from(ways))
    inside: Any = unsigned["credentialSubject"]
    for name in way:
        inside = inside[name]
    inside[last] = value
    try:
        canonicalise(unsigned)
    except InvalidEvent:
        return
    ledger = tea()
    ledger.records.append(stored(unsigned))
    result = checked(ledger.bundle(), pinned=None)
    assert result.outcome in (Outcome.NOT_PINNED, Outcome.BAD)


def test_records_that_only_a_lost_log_key_proves_are_bad_and_the_next_key_proves_them_again() -> None:
    lost, fresh = (
        next(key for key in KEYS if key.role is Role.LOG),
        Ed25519PrivateKey.from_private_bytes(b"\x31" * 32),
    )
    others = [key for key in KEYS if key.role is not Role.LOG]
    gone = replace(lost, retired=NOW, revoked=NOW, compromised_since=EPOCH)
    new = PublicKey(Role.LOG, public_bytes(fresh), NOW, first_size=len(tea().records) + 1)
    under = trust_bytes(version=2, keys=[*others, gone, new])
    result = checked(tea().bundle(trust=under))
    assert result.outcome is Outcome.BAD and "key-revoked" in codes(result)
    assert set(wrong(result).values()) == {RecordState.KEY_REVOKED}
    proofs = {f"proofs/{uuid}.tlog-proof": proof for uuid, proof in tea().proofs(None, fresh).items()}
    again = checked(pack({**tea().files(trust=under), **proofs}))
    assert "key-revoked" not in codes(again) and wrong(again) == {}
