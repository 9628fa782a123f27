"""The EPCIS documents of lots expand in JSON-LD safe mode without network, and lose nothing on the way."""

from __future__ import annotations

import pytest

from tests.contract.conftest import expand_all, losses
from traceapp.core.canonical import canonicalise
from traceapp.core.digital_link import parse_path
from traceapp.core.vocabulary import contexts
from traceapp.demo.load import demo_data
from traceapp.services.records.epcis_export import epcis_document
from traceapp.services.records.verdicts import assess, gather
from traceapp.services.registry.registers import lot_called
from traceapp.services.world import World

pytestmark = pytest.mark.usefixtures("npm_dir")


def test_every_lots_epcis_document_expands(shared_demo: World) -> None:
    host, documents = shared_demo.host, []
    with shared_demo.read() as connection:
        for one in demo_data()["lots"]:
            identity = parse_path(lot_called(connection, one["lot"]).removeprefix(f"https://{host}")).identity
            assert identity
            evidence = gather(connection, host, identity, shared_demo.rulebook).evidence
            facts, _ = assess(evidence, shared_demo.keyring(connection), shared_demo.clock())
            documents.append(epcis_document(evidence, facts, host, shared_demo.clock()))
    told = expand_all([canonicalise(document) for document in documents], contexts(host))
    assert [said.error for said in told if not said.ok] == []
    assert [list(losses(document)) for document in documents] == [[]] * len(documents)
    assert all(any(term.endswith("#record") for term in said.terms) for said in told)
