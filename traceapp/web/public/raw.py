"""The address as it was asked for, before anybody decoded it."""

from __future__ import annotations

import re
from urllib.parse import quote

from flask import request

from traceapp.core.digital_link import parse_path
from traceapp.core.errors import InvalidIdentifier, NotFound
from traceapp.services.records.verdicts import lot_id
from traceapp.services.registry.registers import lot_called
from traceapp.web.access import world

_DECODED = re.compile(
    r"(?P<front>(?:/[a-z-]{2,})*)(?P<product>/(?:01/[0-9]{14}|t/[0-9A-Za-z]{13})(?:/22/[^/]{1,20})?)"
    r"/10/(?P<lot>.{1,20}?)(?:/21/(?P<serial>[^/]{1,20}))?/?"
)


def raw_path() -> str:
    """The percent-encoded path.

    Servers that follow WSGI only to the letter hand over the decoded path; it is encoded again, which loses nothing but
    the difference between `/` and `%2F`: `restore_slashes` finds that where it matters.
    """
    target = request.environ.get("REQUEST_URI") or request.environ.get("RAW_URI")
    if target:
        path: str = target.partition("?")[0]
        if not path.startswith("/"):
            # An absolute-form target; its host is not believed.
            path = "/" + path.partition("://")[2].partition("/")[2]
    else:
        path = quote(request.environ.get("PATH_INFO", "").encode("latin-1", "replace"), safe="/!$&'()*+,;=:@-._~")
    return path


def restore_slashes() -> None:
    """Before a request: where the server has decoded `%2F`, let the address name the lot that is recorded so.

    As it stands such an address would be refused, and still is where nobody recorded a lot with those slashes.
    """
    environ = request.environ
    if environ.get("REQUEST_URI") or environ.get("RAW_URI"):
        return
    found = _DECODED.fullmatch(environ.get("PATH_INFO", ""))
    if found is None or "/" not in found["lot"]:
        return
    path = f"{found['product']}/10/{_encoded(found['lot'])}"
    if _is_recorded(path):
        serial = f"/21/{_encoded(found['serial'])}" if found["serial"] else ""
        environ["REQUEST_URI"] = found["front"] + path + serial


def _encoded(value: str) -> str:
    return quote(value.encode("latin-1", "replace"), safe="")


def _is_recorded(path: str) -> bool:
    here = world()
    try:
        identity = parse_path(path).identity
        with here.read() as connection:
            return identity is not None and bool(lot_called(connection, lot_id(here.host, identity) or ""))
    except (InvalidIdentifier, NotFound):
        return False


def raw_query() -> str:
    """The query as it was sent, without the question mark."""
    query: str = request.environ.get("QUERY_STRING", "")
    return query
