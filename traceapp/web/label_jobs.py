"""Progress, cancelling and the file of a label job, for whoever holds its address.

The address is the key: its token has 192 random bits, only its hash is stored, and the answers are kept by nobody.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from flask import Blueprint, Flask, Response, abort, current_app, jsonify, request
from werkzeug.exceptions import ServiceUnavailable

from traceapp.core.dates import rfc3339
from traceapp.services.labels import jobs as service
from traceapp.services.labels.jobs import OPEN, Job, State
from traceapp.services.labels.output import file_stem
from traceapp.services.labels.work import result_of
from traceapp.web.access import PUBLIC, access, world
from traceapp.web.aside import FilePart

ENQUEUE = "traceapp.enqueue"
Enqueue = Callable[[int], object]
WHOLE = 1 << 20
"""Bytes up to which a body goes out in one piece."""
KINDS = {
    "pdf": "application/pdf", "csv": "text/csv; charset=utf-8", "zip": "application/zip", "zpl": "application/zpl",
    "tspl": "application/octet-stream",
}  # fmt: skip

label_jobs = Blueprint("label_jobs", __name__, url_prefix="/label-jobs")


def enqueue(number: int) -> None:
    """Wake a worker for a job that was opened, after the commit. Where none can be reached, one finds it by itself."""
    current_app.extensions[ENQUEUE](number)


def register(app: Flask) -> None:
    """Add these addresses to `app`."""
    app.register_blueprint(label_jobs)


@label_jobs.get("/<token>")
@access(PUBLIC)
def progress(token: str) -> Response:
    """How far the job is."""
    with world().read() as connection:
        return _said(service.job_of_token(connection, token), token)


@label_jobs.post("/<token>/cancel")
@access(PUBLIC)
def cancel(token: str) -> Response:
    """Stop the job; its items stay issued."""
    with world().write_aside() as connection:
        job = service.job_of_token(connection, token)
        return _said(service.cancel_job(connection, job.id, world().clock()), token)


@label_jobs.get("/<token>/file")
@access(PUBLIC)
def file(token: str) -> Response:
    """What the job made, whole or in ranges. The gate is asked each time."""
    with world().read() as connection:
        job = service.job_of_token(connection, token)
        path = result_of(world(), connection, job)
    return handed_over(job, path)


def handed_over(job: Job, path: Path) -> Response:
    """The file at `path`, which that job made, whole or the range that was asked for."""
    size = path.stat().st_size
    start, end = _range(size, job.stem)
    response = Response(_body(path, start, end), 206 if end - start < size else 200, direct_passthrough=True)
    response.content_length = end - start
    if response.status_code == 206:
        response.headers["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
    response.set_etag(job.stem)
    response.headers.update(
        {
            "Accept-Ranges": "bytes",
            "Cache-Control": "no-store",
            "Content-Disposition": f'attachment; filename="{file_stem(job.lot)}-{job.first}-{job.last}.{job.kind}"',
            "Content-Type": KINDS[job.kind],
        }
    )
    return response


def _body(path: Path, start: int, end: int) -> Iterable[bytes]:
    """A short part in one piece, a long one as it is read. 503 while too many long ones are under way."""
    if end - start <= WHOLE or request.method == "HEAD":
        with path.open("rb") as opened:
            opened.seek(start)
            return [opened.read(end - start if request.method != "HEAD" else 0)]
    if not FilePart.has_room():
        raise ServiceUnavailable("Many files are being fetched: try again in a minute.", retry_after=60)
    return FilePart(path, start, end)


def _range(size: int, tag: str) -> tuple[int, int]:
    """First byte and the one behind the last that were asked for; the whole file where it changed meanwhile."""
    wanted = request.range
    if wanted is None or (request.if_range.etag and request.if_range.etag != tag):
        return 0, size
    pair = wanted.range_for_length(size) if wanted.units == "bytes" else None
    if pair is None and len(wanted.ranges) == 1:
        response = Response(status=416)
        response.headers["Content-Range"] = f"bytes */{size}"
        abort(response)
    return pair or (0, size)


def _said(job: Job, token: str) -> Response:
    response = jsonify(_facts(job, f"{world().settings.base_url}/label-jobs/{token}"))
    response.headers["Cache-Control"] = "no-store"
    return response


def _facts(job: Job, address: str) -> dict[str, Any]:
    running = service.progress_of(job, world().clock())
    fetchable = job.state is State.DONE and job.result is not None
    return {
        "state": job.state,
        "lot": job.lot,
        "labels": job.count,
        "first_item": None if job.order.template == "case" else job.first,
        "last_item": None if job.order.template == "case" else job.last,
        "format": job.kind,
        "done": job.done,
        "per_second": round(running.rate) if running else None,
        "seconds_left": running.seconds_left if running else None,
        "asked": rfc3339(job.asked),
        "started": rfc3339(job.started) if job.started else None,
        "ended": rfc3339(job.ended) if job.ended else None,
        "error": {"code": job.error_code, "detail": job.error} if job.error else None,
        "bytes": job.bytes,
        "kept_until": rfc3339(job.kept_until) if job.kept_until else None,
        "file": f"{address}/file" if fetchable else None,
        "cancel": f"{address}/cancel" if job.state in OPEN else None,
    }
