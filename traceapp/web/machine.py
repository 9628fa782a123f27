"""What machines ask for: records, proofs, the log, keys, status lists, the vocabulary, health."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import Any
from uuid import UUID

from flask import Blueprint, Flask, Response, abort, request

from traceapp.adapters.media import read_picture
from traceapp.core.canonical import JsonObject, canonicalise
from traceapp.core.credential import secure, verify_bytes
from traceapp.core.did import did_document, key_set
from traceapp.core.errors import NotFound, TraceappError
from traceapp.core.facts import CertificateState
from traceapp.core.jose import VC_JWT, require_own_issuer, vc_jwt
from traceapp.core.log_entry import require_entry_of
from traceapp.core.negotiation import preferred
from traceapp.core.statements import is_restricted, record_url
from traceapp.core.status_list import PURPOSES, status_list
from traceapp.core.tail import parse_records_path
from traceapp.core.tiles import TILE_WIDTH, parse_tile_path
from traceapp.core.vocabulary import vocabulary_bytes
from traceapp.services.certificates.statements import status_indexes
from traceapp.services.log.entries import place_of, prove_inclusion, read_records, read_tile
from traceapp.services.log.export import read_trust_file
from traceapp.services.log.tree import hash_reader
from traceapp.services.records.signing import parse_document, read_body
from traceapp.web.access import PUBLIC, access, world
from traceapp.web.public.packed import takes_gzip
from traceapp.web.static_files import packed_file, static_file

VC = "application/vc"
FOREVER = "public, max-age=31536000, immutable"
SECONDS = "public, max-age=5"

_TRUST_FILE = re.compile(r"trust/([1-9][0-9]{0,8})\.json")

machine = Blueprint("machine", __name__)


def register(app: Flask) -> None:
    """Add these addresses to `app`."""
    app.register_blueprint(machine)


@machine.get("/records/<uuid:record_id>")
@access(PUBLIC)
def record(record_id: UUID) -> Response:
    """A record's stored bytes, or its token where one is asked for; a restricted one answers 403 with the proof that it
    exists.
    """
    with world().read() as connection:
        body = read_body(connection, str(record_id))
        if not is_restricted(parse_document(body)):
            if preferred(request.headers.get("Accept", ""), (VC, VC_JWT)) == VC_JWT:
                return _token(connection, record_id, body)
            return _varied(_bytes(body, VC, FOREVER))
        entry, _ = place_of(connection, str(record_id))
    detail: JsonObject = {
        "type": "about:blank#restricted",
        "title": "restricted",
        "status": 403,
        "detail": "The parties to this record and inspectors may read it. That it exists is proved below.",
        "entry": json.loads(entry),
        "proof": _proof(record_id).decode(),
    }
    return Response(json.dumps(detail), 403, mimetype="application/problem+json")


def _token(connection: Any, record_id: UUID, body: bytes) -> Response:
    """What is signed anew is verified first: a token must not vouch for bytes that somebody changed in the database."""
    entry, _ = place_of(connection, str(record_id))
    require_entry_of(entry, record_url(world().host, str(record_id)), body)
    require_own_issuer(parse_document(body), world().host)
    document, _ = verify_bytes(body, world().keyring(connection))
    return _varied(_bytes(vc_jwt(document, world().host, world().notary.signer.private), VC_JWT, "public, max-age=60"))


def _varied(response: Response) -> Response:
    response.vary.add("Accept")
    return response


@machine.get("/records/<uuid:record_id>/proof")
@access(PUBLIC)
def proof(record_id: UUID) -> Response:
    """The record's C2SP tlog-proof to the published checkpoint."""
    return _bytes(_proof(record_id), "text/plain; charset=utf-8", SECONDS)


def _proof(record_id: UUID) -> bytes:
    published = _published()
    with world().read() as connection:
        _, leaf_index = place_of(connection, str(record_id))
        if leaf_index >= published[0]:
            abort(404, description="This record is not published yet: try again in a moment.")
        return prove_inclusion(hash_reader(connection, published[0]), leaf_index, published[2])


def _published() -> tuple[int, bytes, bytes]:
    found = world().published.read()
    if found is None:
        abort(503, description="Nothing is published yet.")
    return found


@machine.get("/log/checkpoint")
@access(PUBLIC)
def checkpoint() -> Response:
    """The published checkpoint (C2SP tlog-tiles)."""
    return _bytes(_published()[2], "text/plain; charset=utf-8", SECONDS)


@machine.get("/log/<path:path>")
@access(PUBLIC)
def tile(path: str) -> Response:
    """A tile, an entry bundle or a bundle of records of the published tree, or an earlier trust file."""
    if version := _TRUST_FILE.fullmatch(path):
        with world().read() as connection:
            return _bytes(read_trust_file(connection, int(version[1])), "application/json", FOREVER)
    if path.startswith("records/"):
        index, width = parse_records_path(path)
        with world().read() as connection:
            data = read_records(connection, index, width, _published()[0])
    else:
        wanted = parse_tile_path(path)
        width = wanted.width
        with world().read() as connection:
            data = read_tile(connection, wanted, _published()[0])
    return _bytes(data, "application/octet-stream", FOREVER if width == TILE_WIDTH else "public, max-age=60")


@machine.get("/.well-known/did.json")
@access(PUBLIC)
def did() -> Response:
    """The service's DID document."""
    with world().read() as connection:
        return _json(did_document(world().host, world().trust(connection).keys), "application/did+ld+json")


@machine.get("/.well-known/jwks.json")
@access(PUBLIC)
def jwks() -> Response:
    """The record keys as a JWK Set."""
    with world().read() as connection:
        return _json(key_set(world().trust(connection).keys), "application/jwk-set+json")


@machine.get("/.well-known/traceapp-trust.json")
@access(PUBLIC)
def trust() -> Response:
    """The trust file, as signed by root."""
    with world().read() as connection:
        return _bytes(world().trust(connection).body, "application/json", "public, max-age=60")


@machine.get("/status/<purpose>/1")
@access(PUBLIC)
def status(purpose: str) -> Response:
    """The status list of revoked certificates, and of those their holders withdrew, or of suspended ones."""
    if purpose not in PURPOSES:
        abort(404)
    ended = (CertificateState.REVOKED, CertificateState.WITHDRAWN)
    states = ended if purpose == "revocation" else (CertificateState.SUSPENDED,)
    with world().read() as connection:
        indexes = status_indexes(connection, *states)
    now = world().clock().replace(second=0, microsecond=0)
    unsigned = status_list(world().host, purpose, indexes, now)
    unsigned["validUntil"] = (now + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    return _bytes(secure(unsigned, world().notary.signer, now), VC, "public, max-age=60")


@machine.get("/vocab/v1")
@access(PUBLIC)
def vocabulary() -> Response:
    """The JSON-LD context of our own terms; it never changes."""
    return _bytes(vocabulary_bytes(world().host), "application/ld+json", FOREVER)


@machine.get("/healthz")
@access(PUBLIC)
def healthz() -> Response:
    """The process answers."""
    return Response("ok\n", mimetype="text/plain")


@machine.get("/readyz")
@access(PUBLIC)
def readyz() -> Response:
    """The process can serve and record: database, keys and log are in order."""
    try:
        world().require_not_behind()
    except TraceappError as cause:
        return Response(f"{cause.code}\n", 503, mimetype="text/plain")
    return Response("ready\n", mimetype="text/plain")


@machine.get("/media/<name>")
@access(PUBLIC)
def media(name: str) -> Response:
    """A product's picture, by the hash of its bytes. Where there is none any more, browsers draw what 404 carries."""
    try:
        return _bytes(read_picture(world().media_dir, name), "image/webp", FOREVER)
    except NotFound:
        if "image/" not in request.headers.get("Accept", ""):
            raise
    drawn, kind, _ = static_file("no-picture.svg")
    return Response(drawn, 404, {"Cache-Control": "no-store"}, content_type=kind)


@machine.get("/static/<path:name>")
@access(PUBLIC)
def static(name: str) -> Response:
    """A file of the pages' own; its address with ?v= fixes its bytes."""
    data, kind, version = static_file(name)
    packed = packed_file(name) if takes_gzip(request.headers.get("Accept-Encoding", "")) else None
    response = _bytes(packed or data, kind, FOREVER if request.args.get("v") == version else "public, max-age=60")
    if packed:
        response.headers["Content-Encoding"] = "gzip"
    response.vary.add("Accept-Encoding")
    return response


def _bytes(data: bytes, kind: str, cache: str) -> Response:
    response = Response(data, content_type=kind)
    response.headers["Cache-Control"] = cache
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.add_etag()
    response.make_conditional(request)
    return response


def _json(value: JsonObject, kind: str) -> Response:
    return _bytes(canonicalise(value), kind, "public, max-age=60")
