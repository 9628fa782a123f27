import pytest

from tests.builders import GTIN, LOT, PRODUCER, check, facts, identity, item_code, label_run, source
from tests.core.rules.judging import codes, findings, only
from traceapp.core.digital_link import Identity
from traceapp.core.facts import CodeFact, LabelSignature, LabelVoidFact, RecordState
from traceapp.core.findings import Severity
from traceapp.core.identifiers import trace_code
from traceapp.core.rules import code

ITEM = identity("item")


def scanned(issued: CodeFact | None, **fields):
    return facts(identity=ITEM, code=issued, **fields)


def test_an_issued_item_is_issued():
    issued = only(code, scanned(item_code(7)))
    assert (issued.code, issued.severity, issued.data["item"]) == ("code-issued", Severity.GOOD, 7)


def test_a_serial_outside_every_run_was_never_issued():
    unknown = only(code, scanned(item_code(None), label_runs=(label_run(900), label_run(5, lot="other"))))
    assert (unknown.code, unknown.severity) == ("code-unknown", Severity.BAD)
    assert unknown.data == {"serial": ITEM.serial, "checked": True, "issued": 900}


def test_a_serial_of_an_unknown_lot_was_never_issued_either():
    unknown = only(code, scanned(item_code(None), lot=None))
    assert (unknown.code, unknown.data["issued"]) == ("code-unknown", 0)


def test_a_serial_that_nobody_could_look_up_is_unknown_but_not_held_against_the_goods():
    for unchecked in (None, CodeFact("1", None, label_run(1))):
        unknown = only(code, scanned(unchecked))
        assert (unknown.code, unknown.severity, unknown.data["checked"]) == ("code-unknown", Severity.INFO, False)


def test_offline_a_signature_speaks_for_a_serial_that_cannot_be_looked_up():
    good = only(code, scanned(CodeFact("1", None, label_run(1, signed=True), LabelSignature.GOOD)))
    assert (good.code, good.severity) == ("label-signature-good", Severity.GOOD)
    assert codes(code, scanned(CodeFact("1", None, label_run(1, signed=True), LabelSignature.BAD))) == [
        "label-signature-bad"
    ]


def test_a_void_label_is_bad_and_no_longer_counts_as_issued():
    spoilt = LabelVoidFact(LOT, 5, 9, "in nhòe", source(PRODUCER))
    void = only(code, scanned(item_code(7), label_voids=(spoilt,)))
    assert (void.code, void.severity, void.who) == ("label-void", Severity.BAD, PRODUCER)
    assert void.data == {"item": 7, "reason": "in nhòe"}
    assert codes(code, scanned(item_code(10), label_voids=(spoilt,))) == ["code-issued"]
    elsewhere = LabelVoidFact("another lot", 5, 9, "in nhòe", source(PRODUCER))
    assert codes(code, scanned(item_code(7), label_voids=(elsewhere,))) == ["code-issued"]


@pytest.mark.parametrize(
    ("signature", "finding", "severity"),
    [
        (LabelSignature.GOOD, "label-signature-good", Severity.GOOD),
        (LabelSignature.BAD, "label-signature-bad", Severity.BAD),
        (LabelSignature.MISSING, "label-signature-missing", Severity.WARNING),
        (LabelSignature.KEY_REVOKED, "label-key-revoked", Severity.WARNING),
    ],
)
def test_a_label_that_should_be_signed_says_how_its_signature_came_out(signature, finding, severity):
    _, said = findings(code, scanned(item_code(7, signature=signature)))
    assert (said.code, said.severity) == (finding, severity)


def test_a_leaked_serial_key_warns_unless_the_label_is_signed_well():
    assert codes(code, scanned(item_code(7, serial_key_exposed=True))) == ["code-issued", "serial-key-exposed"]
    signed = item_code(7, serial_key_exposed=True, signature=LabelSignature.GOOD)
    assert codes(code, scanned(signed)) == ["code-issued", "label-signature-good"]


def test_a_gtin_that_nobody_registered_is_a_foreign_code():
    foreign = only(code, facts(product=None, lot=None, checks=()))
    assert (foreign.code, foreign.severity) == ("foreign-code", Severity.INFO)
    assert foreign.data == {"code": GTIN, "lot": "L1"}


def test_a_trace_code_without_a_record_is_an_unknown_product():
    unknown = only(code, facts(identity=Identity(trace_code(1)), product=None, lot=None, checks=()))
    assert (unknown.code, unknown.severity, unknown.data["lot"]) == ("product-unknown", Severity.INFO, None)


def test_a_lot_nobody_recorded_of_a_known_product_is_an_unknown_product_too():
    unknown = only(code, facts(lot=None))
    assert (unknown.code, unknown.data) == ("product-unknown", {"code": GTIN, "lot": "L1"})
    assert codes(code, facts()) == []
    assert codes(code, facts(identity=identity("product"), lot=None)) == []


def test_what_cannot_be_read_any_more_is_not_called_unknown():
    for state in (RecordState.TAMPERED, RecordState.MISSING):
        assert codes(code, facts(product=None, lot=None, checks=(check(state),))) == []
        assert codes(code, facts(lot=None, checks=(check(state),))) == []


def test_time_changes_nothing():
    assert list(code.moments(facts())) == []
