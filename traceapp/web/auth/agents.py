"""What a browser says of itself, in two words for the list of sessions."""

from __future__ import annotations

from flask import Request

_BROWSERS = (("Zalo", "Zalo"), ("Edg", "Edge"), ("Firefox", "Firefox"), ("Chrome", "Chrome"), ("Safari", "Safari"))
_SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS", "Mac"),
    ("Linux", "Linux"),
)


def agent_of(request: Request) -> str:
    """Browser and system, such as `Chrome, Android`; nothing by which somebody could be followed."""
    said = request.headers.get("User-Agent", "")
    found = [next((name for mark, name in known if mark in said), "") for known in (_BROWSERS, _SYSTEMS)]
    return ", ".join(filter(None, found))
