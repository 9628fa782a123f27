"""A person's data can be erased; every signature and proof stays as it was."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import delete, select

from tests.check_log import check_log, heads
from tests.services.cast import HOUSEHOLD, Cast, identity_of, look
from traceapp.adapters.rulebook import load_rulebook
from traceapp.core.errors import NotFound
from traceapp.core.offline import Outcome, check_bundle
from traceapp.core.statements import record_uuid
from traceapp.db.tables import audit, personal
from traceapp.services.records.bundles import make_bundle
from traceapp.services.records.erasure import erase, personal_fields
from traceapp.services.records.signing import read_body
from traceapp.services.records.verdicts import gather, version
from traceapp.services.world import World


def forget(cast: Cast, record: str, field: str | None = None) -> int:
    with cast.world.write() as connection:
        return erase(connection, record, "cli", cast.world.clock(), field=field)


def held(cast: Cast, record: str) -> list[str]:
    with cast.world.read() as connection:
        return personal_fields(connection, record)


def test_an_erased_name_is_gone_and_the_page_says_nothing_else(cast: Cast) -> None:
    assert cast.facts(cast.other_lot).producer.name == HOUSEHOLD  # type: ignore[union-attr]
    assert forget(cast, cast.household_record) == 1
    facts, verdict = look(cast.world, cast.other_lot)
    assert facts.producer is not None
    assert facts.producer.name is None
    codes = {finding.code for finding in verdict.findings}
    assert "record-authentic" in codes
    assert "record-tampered" not in codes


def test_every_signature_and_proof_still_verifies(cast: Cast) -> None:
    receipt = cast.harvest(crew="Nguyễn Văn A", operator="Trần B")
    before = heads(cast.world)
    with cast.world.read() as connection:
        body = read_body(connection, record_uuid(receipt.record_id))
    forget(cast, receipt.record_id)
    assert heads(cast.world) == before
    check_log(cast.world)
    with cast.world.read() as connection:
        assert read_body(connection, record_uuid(receipt.record_id)) == body
    assert "record-authentic" in cast.codes()


def test_that_something_was_given_is_all_that_remains(cast: Cast) -> None:
    receipt = cast.harvest(crew="Nguyễn Văn A")
    forget(cast, receipt.record_id)
    assert cast.facts().events[0].event.kde["crew"] is True


def test_one_value_can_be_erased_and_the_others_kept(cast: Cast) -> None:
    receipt = cast.harvest(crew="Nguyễn Văn A", operator="Trần B")
    assert held(cast, receipt.record_id) == ["crew", "operator"]
    assert forget(cast, receipt.record_id, "crew") == 1
    assert held(cast, record_uuid(receipt.record_id)) == ["operator"]
    assert cast.facts().events[0].event.kde["operator"] == "Trần B"


def test_what_is_not_held_cannot_be_erased(cast: Cast) -> None:
    receipt = cast.harvest(crew="Nguyễn Văn A")
    forget(cast, receipt.record_id)
    for record, field in ((receipt.record_id, None), (cast.household_record, "phone"), ("nothing", None)):
        with pytest.raises(NotFound, match="No personal data is held"):
            forget(cast, record, field)


def test_the_salt_goes_with_the_value(cast: Cast) -> None:
    """With it, a guess at the name could be tried against the record."""
    forget(cast, cast.household_record)
    with cast.world.read() as connection:
        chosen = select(personal).where(personal.c.record_id == record_uuid(cast.household_record))
        assert connection.execute(chosen).all() == []


def test_a_page_made_before_is_known_to_be_old(cast: Cast) -> None:
    def now() -> tuple[int, int, int]:
        with cast.world.read() as connection:
            return version(connection, gathered.subjects)

    with cast.world.read() as connection:
        gathered = gather(connection, cast.world.host, identity_of(cast.world, cast.other_lot), cast.world.rulebook)
    before = now()
    forget(cast, cast.household_record)
    assert now() != before


def test_erasing_stands_in_the_audit_trail_without_the_value(cast: Cast) -> None:
    forget(cast, cast.household_record)
    with cast.world.read() as connection:
        (line,) = connection.execute(select(audit.c.line)).scalars()
    assert b'"action":"erase"' in line
    assert HOUSEHOLD.encode() not in line


def test_bundles_carry_no_personal_value_and_verify_before_and_after(cast: Cast) -> None:
    cast.harvest(crew="Nguyễn Thị Bí Mật")
    before = bundle_of(cast.world, cast.other_lot), bundle_of(cast.world, cast.lot)
    forget(cast, cast.household_record)
    after = bundle_of(cast.world, cast.other_lot), bundle_of(cast.world, cast.lot)
    assert after == before
    for data in after:
        assert "Bí Mật".encode() not in data
        assert HOUSEHOLD.encode() not in data
        assert check_bundle(data, load_rulebook(), cast.world.clock()).outcome == Outcome.NOT_PINNED


def bundle_of(world: World, lot: str) -> bytes:
    with world.read() as connection:
        evidence = gather(connection, world.host, identity_of(world, lot), world.rulebook).evidence
        return make_bundle(connection, evidence, lot, world.published.read(), world.host)


@pytest.mark.parametrize("kind", ["sqlite"])
def test_what_is_erased_is_overwritten_in_the_file(cast: Cast) -> None:
    """A deleted row's bytes otherwise stay readable in the file until the page is used again."""
    receipt = cast.harvest(crew="NGUYEN VAN BI MAT")
    file = Path(str(cast.world.engine.url.database))
    cast.world.engine.dispose()
    assert b"NGUYEN VAN BI MAT" in file.read_bytes()
    forget(cast, receipt.record_id)
    with cast.world.engine.begin() as connection:
        connection.execute(delete(personal).where(personal.c.field == "none"))
    cast.world.engine.dispose()
    for path in file.parent.glob(f"{file.name}*"):
        assert b"NGUYEN VAN BI MAT" not in path.read_bytes()
