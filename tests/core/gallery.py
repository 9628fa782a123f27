"""Facts that between them show every finding there is, in every variant of its words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from tests.builders import (
    AUTHORITY,
    INSPECTOR,
    LABORATORY,
    LOT,
    NOW,
    OTHER_LOT,
    PRODUCER,
    certificate,
    check,
    event,
    facts,
    goods,
    identity,
    item_code,
    label_run,
    organisation,
    product,
    scans,
    source,
)
from tests.builders import lot as a_lot
from traceapp.core.digital_link import Identity
from traceapp.core.facts import (
    CertificateState,
    CodeFact,
    CosignedFact,
    DoubtFact,
    Facts,
    HoldFact,
    InspectionFact,
    LabelSignature,
    LabelVoidFact,
    RecallFact,
    RecordState,
    RuleBook,
    ScanFact,
    Suspicion,
    YieldRule,
)
from traceapp.core.identifiers import trace_code

LIST = RuleBook(
    "test",
    yields=(YieldRule("búp tươi", "chè khô", 4.2, 5.5, "kg per kg"),),
    permitted_actives=frozenset({"Abamectin"}),
    permitted_as_of=date(2026, 1, 1),
)
TAKEN = event("MIX", "2026-10-19", inputs=[goods("chè khô, 2 kg", from_lot=OTHER_LOT)])


def gallery() -> Iterator[Facts]:
    """One after another; each with what its neighbours do not show."""
    yield from _records()
    yield from _codes()
    yield from _lots()
    yield from _certificates()
    yield from _fields()
    yield from _steps()
    yield from _sums()
    yield from _scans()


def _records() -> Iterator[Facts]:
    yield facts(checks=(check(witnessed_at=NOW),))
    yield facts(checks=(check(), check(witnessed_at=NOW)), witnesses_configured=True)
    yield facts(checks=(check(), check(RecordState.CANNOT_BE_CHECKED)))
    for state in (RecordState.TAMPERED, RecordState.MISSING, RecordState.KEY_REVOKED):
        yield facts(checks=(check(), check(state)))
    yield facts(checks=())
    for by, role in ((PRODUCER, "producer"), (AUTHORITY, "authority"), ("did:web:trace.example.vn", "operator")):
        word = replace(source(by), role=role)
        yield facts(doubts=(DoubtFact("d1", NOW, word, ("r1", "r2"), (), "Mất máy"),))
        yield facts(doubts=(DoubtFact("d1", NOW, word, ("r1",), ("r2",)),))
    yield facts(cosigned=(CosignedFact("r1", PRODUCER, source()), CosignedFact("r2", PRODUCER, source())))
    yield facts(cosigned=(CosignedFact("r1", PRODUCER, source(), "The passkey had been withdrawn."),))


def _codes() -> Iterator[Facts]:
    item = identity("item")
    for signature in LabelSignature:
        yield facts(identity=item, code=item_code(7, signature=signature, serial_key_exposed=True))
    void = LabelVoidFact(LOT, 1, 9, "in nhòe", source())
    yield facts(identity=item, code=item_code(7), label_voids=(void,))
    yield facts(identity=item, code=item_code(None), label_runs=(label_run(900),))
    yield facts(identity=item, code=CodeFact("1", None, None))
    yield facts(identity=item)
    yield facts(identity=Identity(trace_code(1)), product=None, lot=None, checks=())
    yield facts(product=None, lot=None, checks=())
    yield facts(lot=None)


def _lots() -> Iterator[Facts]:
    plain = RecallFact(LOT, date(2026, 8, 2), "Độ ẩm cao", source(AUTHORITY))
    told = RecallFact(OTHER_LOT, date(2026, 8, 2), "Độ ẩm cao.", source(), "Too moist", "Đổi hàng", "Bring it back")
    yield facts(recalls=(plain,))
    yield facts(TAKEN, recalls=(told,))
    yield facts(holds=(HoldFact(LOT, False, "Chờ phiếu đo.", source()),))
    yield facts(holds=(HoldFact(LOT, False, "", source()),))
    yield facts(lot=a_lot(expires=date(2026, 11, 20)))
    for result in ("pass", "fail", "nắp hở"):
        yield facts(inspections=(InspectionFact(LOT, date(2026, 11, 12), result, source(INSPECTOR)),))
        yield facts(inspections=(InspectionFact(LOT, date(2026, 11, 12), result, source(INSPECTOR), item=17),))
        yield facts(
            inspections=(InspectionFact("", date(2026, 11, 12), result, source(INSPECTOR), facility="workshop"),)
        )
    yield facts(producer=organisation(identity_confirmed_by=None))
    yield facts(producer=organisation(gtin_disputed=True, name=None))
    yield facts(producer=organisation(gtin_disputed=True, gtin_denied=True))
    yield facts(producer=organisation(identity_confirmed_by=None, identity_changed=True))
    yield facts(event("PACK", "2026-10-09"), product=product(image="art", image_is_drawing=True))
    yield facts(event("PACK", "2026-10-09"), product=product(image="photo", standards=("TCVN",)))
    yield facts(event("HARVEST", "2026-10-07"), event("PACK", "2026-10-06", label_vi="Đóng gói", label_en="Packed"))
    yield facts(event("HARVEST", "2026-08-07", outputs=["búp tươi, 8 kg"]), lot=a_lot(made=date(2026, 8, 7)))
    copied = [event("HARVEST", "2026-10-07", lot=lot, outputs=["búp tươi, 8 kg"]) for lot in (LOT, OTHER_LOT)]
    yield facts(*copied, event("HARVEST", "2026-10-07", lot=f"{OTHER_LOT}3", outputs=["búp tươi, 8 kg"]))


def _certificates() -> Iterator[Facts]:
    grown = event("HARVEST", "2026-10-07", plot="DM-05")
    withdrawn = source(at=datetime(2026, 11, 1, tzinfo=UTC))
    for own in (certificate(), certificate(own_key=True), certificate(expires=None), certificate("TEST")):
        yield facts(grown, certificates=(own,))
    yield facts(certificates=(certificate(state=CertificateState.DECLARED, issuer="unknown", issuer_as_named="UBND"),))
    yield facts(certificates=(certificate("KHÁC", state=CertificateState.DECLARED, issuer="unknown"),))
    for state in (CertificateState.SUSPENDED, CertificateState.REVOKED):
        yield facts(grown, certificates=(certificate(state=state, state_source=withdrawn, state_reason="Lý do"),))
        yield facts(grown, certificates=(certificate(state=state, state_source=withdrawn),))
    for ends in (date(2026, 11, 1), date(2026, 10, 1)):
        yield facts(grown, certificates=(certificate(expires=ends),))
        yield facts(certificates=(certificate("HACCP", expires=ends),))
    yield facts(identity=identity("product"), lot=None, certificates=(certificate(expires=date(2026, 11, 1)),))
    yield facts(grown, certificates=(certificate(subject="elsewhere"),))
    yield facts(grown, certificates=(certificate(issued=date(2026, 11, 1)),))
    yield facts(identity=identity("product"), lot=None, certificates=(certificate(issued=date(2026, 12, 1)),))
    yield facts(grown, certificates=(certificate(id="c1", expected_t=190),), labelled_t={"c1": 190.5})
    for decided in (date(2023, 10, 12), date(2025, 10, 12)):
        yield facts(certificates=(certificate("OCOP", issued=decided, expires=None),))
    ended = certificate("OCOP", issued=date(2023, 10, 12), expires=None)
    yield facts(certificates=(ended, certificate("OCOP", expires=None, state=CertificateState.DECLARED)))
    partly = (check(), check(RecordState.CANNOT_BE_CHECKED))
    yield facts(certificates=(certificate("OCOP", issued=date(2023, 10, 12), expires=None),), checks=partly)


def _fields() -> Iterator[Facts]:
    harvest = event("HARVEST", "2026-11-08", "2026-11-10", plot="DG-15")
    for day in ("2026-10-01", "2026-10-28", "2026-11-09"):
        sprayed = event("PPP", day, plot="DG-15", phi_days=14, active="Abamectin")
        yield facts(sprayed, harvest, rulebook=LIST)
        yield facts(event("VETDRUG", day, plot="DG-15", withdrawal_days=14, active="Oxytetracycline"), harvest)
    yield facts(event("PPP", "2026-10-01", plot="DG-15", phi_days=14, active="Carbofuran"), harvest, rulebook=LIST)
    yield facts(event("PPP", "2026-10-01", plot="DG-15", phi_days=14, active="Carbofuran"), harvest)


def _steps() -> Iterator[Facts]:
    def cooked(value: float, **more: object) -> Facts:
        checks = [
            {"what": "nhiệt độ", "unit": "°C", "min": 115, "max": 120, "value": value},
            {"what": "thời gian", "unit": "phút", "min": 30, "value": 20 if value < 115 else 35},
            {"what": "mẻ", "value": 1},
        ]
        return facts(event("CCP", "2026-11-02", ccp="CCP1", step="nấu", checks=checks, label_en="Cooking", **more))

    yield cooked(118)
    yield cooked(109.5)
    yield cooked(109.5, corrective_action="Nấu lại", verified_by=True)
    for value in (5.1, 9.2):
        result = {"what": "độ ẩm", "unit": "%", "max": 7.5, "value": value}
        more = {"report": "KN-1", "results": [result], "label_vi": "Độ ẩm", "label_en": "Moisture"}
        yield facts(event("TEST", "2026-08-01", by=LABORATORY, **more))
        yield facts(TAKEN, event("TEST", "2026-08-01", by=LABORATORY, lot=OTHER_LOT, **more))


def _sums() -> Iterator[Facts]:
    bought = event("SOURCE", "2026-10-07", outputs=["búp tươi, 880 kg", "lá, 9 kg"])
    for kilos in (184, 2250):
        made = event("PROCESS", "2026-10-08", inputs=["búp tươi, 880 kg"], outputs=[f"chè khô, {kilos} kg"])
        yield facts(bought, made, rulebook=LIST, planned_labels=920)
        yield facts(bought, made, rulebook=LIST, planned_labels=921)
    for restricted in (False, True):
        mixed = event("MIX", "2026-10-08", inputs=["búp tươi, 880 kg", "lá, 9 kg"], outputs=["trà, 900 kg"])
        yield facts(bought, event("MIX", "2026-10-08", inputs=mixed.event.inputs, outputs=mixed.event.outputs,
                                  restricted=restricted))  # fmt: skip
    yield facts(bought, event("STORE", "2026-10-08", inputs=["búp tươi, 881 kg"]))
    yield facts(bought, event("PROCESS", "2026-10-08", inputs=["lá, 9 kg"], outputs=["lá xay, 9 l"]))


def _scans() -> Iterator[Facts]:
    item = identity("item")
    suspicion = Suspicion(NOW, 57, 24, 31, 3)
    cleared = Suspicion(NOW, 57, 24, 31, 3, NOW + timedelta(hours=1), "Hội chợ")
    for seen in (
        scans(),
        scans(3, 2),
        ScanFact(2, 1, None, 2, 2, ()),
        scans(58, 57, suspicion=suspicion),
        scans(58, 57, suspicion=replace(suspicion, provinces=0)),
        scans(2, 1, suspicion=Suspicion(NOW, 2, 24, 2, 2, week=2, km=1010, minutes=35)),
        scans(9, 8, suspicion=Suspicion(NOW, 2, 24, 2, 2, week=9, turns=4)),
        scans(14, 13, suspicion=Suspicion(NOW, 12, 24, 6, 0, week=12, after=9)),
        scans(58, 57, suspicion=cleared),
    ):
        yield facts(identity=item, code=item_code(7), scans=seen)


CODES = frozenset(
    {
        "record-authentic",
        "record-tampered",
        "record-missing",
        "key-revoked",
        "witnessed",
        "account-doubtful",
        "cosignature-bad",
        "record-cosigned",
        "not-witnessed",
        "code-issued",
        "code-unknown",
        "label-void",
        "label-signature-good",
        "label-signature-bad",
        "label-signature-missing",
        "label-key-revoked",
        "serial-key-exposed",
        "product-unknown",
        "foreign-code",
        "lot-recalled",
        "lot-on-hold",
        "lot-expired",
        "input-recalled",
        "inspected",
        "identity-confirmed",
        "identity-unconfirmed",
        "certificate-confirmed-own-key",
        "certificate-confirmed-by-account",
        "certificate-unconfirmed",
        "certificate-valid",
        "certificate-expired",
        "certificate-suspended",
        "certificate-revoked",
        "certificate-out-of-scope",
        "stars-valid",
        "stars-expired",
        "phi-kept",
        "phi-broken",
        "active-not-permitted",
        "ccp-in-limits",
        "ccp-corrected",
        "ccp-deviation",
        "test-passed",
        "test-failed",
        "mass-balance-ok",
        "mass-balance-exceeded",
        "mass-balance-unknown",
        "stages-ordered",
        "stages-disordered",
        "disclosure-complete",
        "disclosure-incomplete",
        "first-scan",
        "scans-normal",
        "copy-suspected",
        "data-stale",
        "data-copied",
        "not-proved",
    }
)
"""Every code there is."""
