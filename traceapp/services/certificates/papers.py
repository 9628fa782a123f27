"""Erasing a certificate's paper: the file and what tells its hash go, the record and its proof stay."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, delete, func, select

from traceapp.adapters.papers import erase_paper as erase_file
from traceapp.core.errors import Forbidden, NotFound
from traceapp.db.certificates import certificate_papers
from traceapp.db.tables import certificates, log_entries, personal, record_subjects
from traceapp.services.certificates.statements import holder_of
from traceapp.services.operating import audit


def erase_paper(connection: Connection, certificate: str, by: str, folder: Path, now: datetime) -> None:
    """The holder takes its paper away; a file that serves another certificate too stays. Forbidden, NotFound."""
    about = connection.execute(select(certificates.c.about).where(certificates.c.id == certificate)).scalar()
    if about is None:
        raise NotFound(f"There is no certificate {certificate[:120]}.")
    if holder_of(connection, about) != by:
        raise Forbidden("Only the holder of a certificate takes its paper away.")
    mine = certificate_papers.c.certificate == certificate
    file = connection.execute(select(certificate_papers.c.file).where(mine)).scalar()
    if file is None:
        raise NotFound("This certificate has no paper here.")
    connection.execute(delete(certificate_papers).where(mine))
    told = (
        select(log_entries.c.record_id)
        .join(record_subjects, record_subjects.c.leaf_index == log_entries.c.leaf_index)
        .where(record_subjects.c.subject == certificate)
    )
    connection.execute(delete(personal).where(personal.c.record_id.in_(told), personal.c.field == "paper"))
    audit.note(connection, "erase", certificate, by, now, what="paper of a certificate")
    used = select(func.count()).select_from(certificate_papers).where(certificate_papers.c.file == file)
    if not connection.execute(used).scalar():
        erase_file(folder, file)
