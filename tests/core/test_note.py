"""Signed notes, their keys and the small encodings that everything around the log shares."""

from __future__ import annotations

import base64
from contextlib import suppress

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from traceapp.core import note
from traceapp.core.errors import BadSignature, CannotBeChecked, Malformed, TraceappError, UnknownKey
from traceapp.core.note import Algorithm, NoteSignature, VerifierKey, add_signatures, parse_note, parse_signatures

# The example that Go's sumdb/note carries in its documentation.
PETER = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
TEXT = b"If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
SIGNED = (
    TEXT
    + "\n— PeterNeumann "
    "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n".encode()
)
PRIVATE = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
LOG_VKEY = "trace.example.vn/log+04d5adff+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4"


def line(name: str, data: bytes) -> bytes:
    return f"— {name} {base64.b64encode(data).decode()}\n".encode()


def test_gos_example_verifies() -> None:
    parsed, key = parse_note(SIGNED), VerifierKey.parse(PETER)
    assert parsed.body == TEXT
    (signature,) = parsed.signatures_by(key)
    key.verify(parsed.body, signature)


def test_a_verifier_key_is_written_as_it_was_read() -> None:
    key = VerifierKey.parse(LOG_VKEY)
    assert (key.name, key.algorithm, key.id.hex()) == ("trace.example.vn/log", Algorithm.ED25519, "04d5adff")
    assert key == VerifierKey.of("trace.example.vn/log", Algorithm.ED25519, PRIVATE)
    assert key.format() == LOG_VKEY


def test_the_same_key_has_another_id_for_cosignatures() -> None:
    key = VerifierKey.of("trace.example.vn/log", Algorithm.COSIGNATURE_V1, PRIVATE)
    assert key.id != VerifierKey.parse(LOG_VKEY).id
    assert VerifierKey.parse(key.format()) == key


@pytest.mark.parametrize(
    "vkey",
    [
        "",
        "trace.example.vn/log",
        "trace.example.vn/log+04d5adff",
        "trace.example.vn/log+04d5adff+",
        "trace.example.vn/log+04d5ad+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4",
        "trace.example.vn/log+04D5ADFF+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4",
        "trace.example.vn/log+04d5adfe+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4",
        "trace.example.vn/LOG+04d5adff+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4",
        "trace example+04d5adff+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4",
        "\ud800+04d5adff+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4",
        "+04d5adff+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4",
        "trace.example.vn/log+04d5adff+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG",
        "trace.example.vn/log+04d5adff+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVQ==",
    ],
)
def test_a_verifier_key_that_does_not_fit_itself_is_refused(vkey: str) -> None:
    with pytest.raises(Malformed):
        VerifierKey.parse(vkey)


def test_a_verifier_key_of_another_algorithm_cannot_be_checked() -> None:
    ml_dsa = base64.b64encode(b"\x06" + bytes(1312)).decode()
    with pytest.raises(CannotBeChecked, match="0x06"):
        VerifierKey.parse(f"witness.example/w1+00000000+{ml_dsa}")


def test_a_signature_over_other_bytes_is_bad() -> None:
    key = VerifierKey.parse(PETER)
    (signature,) = parse_note(SIGNED).signatures_by(key)
    for message, given_signature in ((TEXT + b"\n", signature), (TEXT, signature[:-1]), (TEXT, b"")):
        with pytest.raises(BadSignature, match=r"PeterNeumann\+c74f20a3"):
            key.verify(message, given_signature)


@given(st.binary(min_size=32, max_size=32), st.binary(max_size=80))
def test_no_public_key_breaks_verification(public: bytes, signature: bytes) -> None:
    with suppress(BadSignature):
        VerifierKey("name", Algorithm.ED25519, public).verify(b"text", signature)


def test_a_key_that_did_not_sign_is_unknown_even_under_a_known_name() -> None:
    stranger = VerifierKey.of("PeterNeumann", Algorithm.ED25519, PRIVATE)
    with pytest.raises(UnknownKey, match=r"no signature by PeterNeumann.*signed by PeterNeumann\+c74f20a3"):
        parse_note(SIGNED).signatures_by(stranger)


def test_the_last_blank_line_ends_the_text() -> None:
    body = "Ognuno sta solo sul cuor della terra\n\ned è subito sera.\n".encode()
    assert parse_note(body + b"\n" + line("a", b"12345")).body == body


def test_a_note_is_written_as_it_was_read() -> None:
    assert parse_note(SIGNED).to_bytes() == SIGNED
    assert note.sign_note(TEXT, "trace.example.vn/log", PRIVATE).to_bytes().startswith(TEXT + "\n— trace".encode())


@pytest.mark.parametrize(
    "data",
    [
        b"",
        TEXT,
        TEXT + b"\n",
        TEXT + b"\n\n",
        SIGNED[:-1],
        SIGNED + b"\n",
        SIGNED.replace(b"\n", b"\r\n"),
        SIGNED.replace(b"If", b"\x00If"),
        SIGNED.replace(b"If", b"\xffIf"),
        SIGNED.replace("—".encode(), b"-"),
        SIGNED.replace(b"PeterNeumann ", b"PeterNeumann  "),
        SIGNED.replace(b"PeterNeumann", b""),
        SIGNED.replace(b"PeterNeumann", b"Peter+Neumann"),
        SIGNED.replace(b"PeterNeumann", "Peter\u00a0Neumann".encode()),
        SIGNED.replace(b"AM=\n", b"AM=\nmore\n"),
        SIGNED.replace(b"AM=\n", b"AN=\n"),
        SIGNED.replace(b"AM=\n", b"AM\n"),
        SIGNED.replace(b"AM=\n", b"AM= \n"),
        TEXT + b"\n" + line("a", b"1234"),
        TEXT + b"\n" + "— a\n".encode(),
    ],
)
def test_what_is_not_exactly_a_signed_note_is_refused(data: bytes) -> None:
    with pytest.raises(Malformed):
        parse_note(data)


def test_a_hundred_signatures_are_read_and_one_more_is_refused() -> None:
    lines = [line(f"witness{number}", b"12345") for number in range(101)]
    assert len(parse_note(TEXT + b"\n" + b"".join(lines[:100])).signatures) == 100
    with pytest.raises(Malformed, match="got 101"):
        parse_note(TEXT + b"\n" + b"".join(lines))


def test_sixteen_signatures_as_long_as_post_quantum_ones_are_read() -> None:
    lines = [line(f"witness{number}", bytes(5000)) for number in range(16)]
    assert len(parse_note(TEXT + b"\n" + b"".join(lines)).signatures) == 16


def test_a_note_that_is_too_long_is_refused() -> None:
    with pytest.raises(Malformed, match="too long"):
        parse_note(b"a" * note.MAX_NOTE_BYTES + SIGNED)


def test_signatures_are_added_once_each_after_those_that_are_there() -> None:
    first, second = line("w1", b"12345"), line("w2", b"12345")
    assert add_signatures(SIGNED, first + second + first) == SIGNED + first + second
    assert add_signatures(SIGNED + first, second + first) == SIGNED + first + second


def test_added_lines_that_are_no_signatures_are_refused() -> None:
    for lines in (b"", b"\n", b"w1", line("w1", b"12345")[:-1], line("w1", b"12345") + b"\n"):
        with pytest.raises(Malformed):
            add_signatures(SIGNED, lines)


def test_a_signature_line_names_key_and_id() -> None:
    assert parse_signatures(line("w1", b"12345")) == (NoteSignature("w1", b"1234", b"5"),)


@given(st.integers(0, 2**63 - 1))
def test_a_decimal_is_read_back(number: int) -> None:
    assert note.read_decimal(str(number)) == number


@pytest.mark.parametrize(
    "text", ["", "00", "01", "-1", "+1", " 1", "1 ", "1\n", "1_0", "٣", "1e3", str(2**63), "9" * 20]
)
def test_a_decimal_has_one_spelling(text: str) -> None:
    with pytest.raises(Malformed):
        note.read_decimal(text)


@given(st.binary(max_size=50))
def test_base64_is_read_back(data: bytes) -> None:
    assert note.read_base64(base64.b64encode(data).decode()) == data


@pytest.mark.parametrize(
    "text", ["A", "AA", "AAA", "AB==", "AAB=", "AA==\n", "AA ==", "A-__", "AAAA=", "AA==AA==", "é==="]
)
def test_base64_has_one_spelling(text: str) -> None:
    with pytest.raises(Malformed):
        note.read_base64(text)


def test_a_hash_has_32_bytes() -> None:
    assert note.read_hash(base64.b64encode(bytes(32)).decode()) == bytes(32)
    with pytest.raises(Malformed, match="got 31"):
        note.read_hash(base64.b64encode(bytes(31)).decode())


def test_a_proof_has_at_most_63_hashes() -> None:
    lines = [base64.b64encode(bytes(32)).decode()] * 64
    assert len(note.read_proof(lines[:63])) == 63
    with pytest.raises(Malformed, match="got 64"):
        note.read_proof(lines)


@given(st.integers(0, len(SIGNED)), st.integers(0, 6), st.binary(max_size=6))
def test_no_damage_to_a_note_breaks_the_parser(at: int, cut: int, put: bytes) -> None:
    damaged = SIGNED[:at] + put + SIGNED[at + cut :]
    with suppress(TraceappError):
        assert parse_note(damaged).to_bytes() == damaged


@pytest.mark.many
@given(st.one_of(st.binary(), st.text().map(lambda text: text.encode("utf-8", "surrogatepass"))))
def test_no_bytes_break_the_parser_of_notes(data: bytes) -> None:
    for tried in (data, data + b"\n\n" + data, data + "\n\n— ".encode() + data + b"\n"):
        with suppress(TraceappError):
            assert parse_note(tried).to_bytes() == tried


@pytest.mark.many
@given(st.text(st.characters()))
def test_no_text_breaks_the_parser_of_keys(text: str) -> None:
    for tried in (text, LOG_VKEY + text, text + LOG_VKEY, LOG_VKEY.replace("+04", text)):
        with suppress(TraceappError):
            assert VerifierKey.parse(tried).format() == tried
