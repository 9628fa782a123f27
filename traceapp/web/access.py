"""Who may call a route, and for which hosts. Every view declares it; an undeclared one stops the start."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from flask import Flask, Request, abort, current_app, request

from traceapp.services.world import World

WORLD = "traceapp"
PUBLIC = "public"
SIGNED_IN = "signed-in"
PRODUCER = "producer"
PRODUCER_OWNER = "producer-owner"
PRODUCER_OFFICER = "producer-officer"
CERTIFIER = "certifier"
LABORATORY = "laboratory"
AUTHORITY = "authority"
INSPECTOR = "inspectorate"
COUNCIL = "council"
SHOP = "shop"
EVERY_ROLE = (
    *(SIGNED_IN, PRODUCER, PRODUCER_OWNER, PRODUCER_OFFICER),
    *(CERTIFIER, LABORATORY, AUTHORITY, INSPECTOR, COUNCIL, SHOP),
)
"""Everybody but PUBLIC: SIGNED_IN is any account, the others any member of an organisation of that role."""
COUNTED = "traceapp.counted"
"""In the environment of a request whose scan is counted already, or lost: what was told of it, or None."""
PURPOSES = ("HTTP_SEC_PURPOSE", "HTTP_PURPOSE", "HTTP_X_MOZ", "HTTP_X_PURPOSE")
"""Where a browser says that it only fetches ahead."""
DESTINATION = "HTTP_SEC_FETCH_DEST"
PAGE = "document"
"""Where a browser says what it wants something for, and what it says of what somebody opened: a page of another site
that holds a label's address as a picture or a frame would else be scanned by each of its readers."""
LONGEST_PATH = 2048
LONGEST_QUERY = 8192
_LOOPBACK = ("localhost", "127.0.0.1", "[::1]")
View = TypeVar("View", bound=Callable[..., Any])


def asked() -> Request:
    """The request at hand itself: Flask's `request` looks it up anew for each thing that it is asked."""
    found: Request = request._get_current_object()  # type: ignore[attr-defined]
    return found


def cookie_of(environ: Mapping[str, Any], name: str) -> str:
    """What the browser sent as that cookie; empty where it sent none. Ours need no quotes."""
    for part in environ.get("HTTP_COOKIE", "").split(";"):
        found, _, value = part.partition("=")
        if found.strip() == name:
            return str(value.strip())
    return ""


def world() -> World:
    """The world of the application that serves this request."""
    found: World = current_app.extensions[WORLD]
    return found


def access(*who: str, most_bytes: int | None = None) -> Callable[[View], View]:
    """Declare who may call a view: PUBLIC, or one or more of EVERY_ROLE. `most_bytes` is the largest body it takes."""
    if not who or not {PUBLIC, *EVERY_ROLE}.issuperset(who):
        raise RuntimeError(f"A view is for PUBLIC or for some of {EVERY_ROLE}, not for {who}.")

    def declare(view: View) -> View:
        view.__dict__["access"] = who
        view.__dict__["most_bytes"] = most_bytes
        return view

    return declare


def require_declared(app: Flask) -> None:
    """RuntimeError for a view that does not say who may call it."""
    for name, view in app.view_functions.items():
        if "access" not in view.__dict__:
            raise RuntimeError(f"The view {name} does not declare its access.")


def require_same_origin() -> None:
    """403 for a form that another site's page sent. What the browser says of itself counts first."""
    site = request.headers.get("Sec-Fetch-Site")
    origin = request.headers.get("Origin")
    own = request.environ.get("HTTP_HOST", "").lower()
    if site == "same-origin" or (site is None and (origin is None or origin.partition("://")[2].lower() == own)):
        return
    abort(403, description="This form was sent from another site: open it here and send it again.")


def refuse_long_addresses() -> None:
    """Nothing of ours is that long: what is longer is not even taken apart."""
    environ = request.environ
    target = environ.get("REQUEST_URI") or environ.get("RAW_URI") or environ.get("PATH_INFO", "")
    if len(target.partition("?")[0]) > LONGEST_PATH or is_long_query(environ):
        abort(414, description="This address is too long to be one of ours.")


def is_long_query(environ: Mapping[str, Any]) -> bool:
    """Whether the query is longer than any of ours."""
    return len(environ.get("QUERY_STRING", "")) > LONGEST_QUERY


def refuse_unknown_hosts() -> None:
    """Absolute addresses come from settings; a Host that is none of ours gets 400, so that it poisons no cache."""
    host = request.environ.get("HTTP_HOST", "").lower()
    name = host.rpartition(":")[0] if host.rpartition(":")[2].isdigit() else host
    settings = world().settings
    if name not in _LOOPBACK and host not in (settings.base_host, settings.identity):
        abort(400, description="This service does not answer under that host.")
