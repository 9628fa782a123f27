"""The address as it was asked for, before anybody decoded it."""

from __future__ import annotations

from urllib.parse import quote

from flask import request


def raw_path() -> str:
    """The percent-encoded path.

    Servers that follow WSGI only to the letter hand over the decoded path; it is encoded again, which loses nothing but
    the difference between `/` and `%2F`.
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


def raw_query() -> str:
    """The query as it was sent, without the question mark."""
    query: str = request.environ.get("QUERY_STRING", "")
    return query
