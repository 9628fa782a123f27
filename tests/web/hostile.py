"""Requests that nobody should send, as a WSGI server hands them over, and what every answer to them must satisfy."""

from __future__ import annotations

import io
import json
import random
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote_to_bytes, urlsplit

from werkzeug.datastructures import Headers
from werkzeug.test import run_wsgi_app

from tests.conftest import HOST
from tests.web.conftest import BROWSER, PROGRAM, Site
from traceapp.core.negotiation import accepts

OWN_HOSTS = frozenset({HOST, "localhost", "127.0.0.1"})
METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "TRACE", "CONNECT", "get", "BREW")
LIVE = (
    "<script>x9()</script>",
    '"><img src=x9 onerror=x9()>',
    "'-x9()-'",
    "javascript:x9()",
    "{{9*9}}x9",
    "%3Cscript%3Ex9",
)
"""Texts that would run if an answer repeated them as they are."""
# What stands between an attribute's quotes is text, whatever it says, unless it is where a link leads.
_RUNS = re.compile(
    rb"<script>x9|<img src=x9|<(?:[^>\"']|\"[^\"]*\"|'[^']*')*=[^>\"']*x9\(\)|href=\"javascript:|(?<![0-9])81x9",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Request:
    """One request line with headers. `uri` is what servers call REQUEST_URI; granian has none."""

    target: str
    method: str = "GET"
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    host: str | None = HOST
    protocol: str = "HTTP/1.1"
    with_uri: bool = False

    @property
    def accept(self) -> str:
        return dict(self.headers).get("Accept", "")

    def environ(self) -> dict[str, Any]:
        path, _, query = self.target.partition("?")
        if not path.startswith("/"):
            # An absolute-form target: servers hand over its path, and keep the whole only in REQUEST_URI.
            path = "/" + path.partition("://")[2].partition("/")[2]
        environ: dict[str, Any] = {
            "REQUEST_METHOD": self.method,
            "SCRIPT_NAME": "",
            "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
            "QUERY_STRING": query.encode("utf-8", "replace").decode("latin-1"),
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": "8000",
            "SERVER_PROTOCOL": self.protocol,
            "REMOTE_ADDR": "198.51.100.7",
            "CONTENT_LENGTH": str(len(self.body)),
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "https",
            "wsgi.input": io.BytesIO(self.body),
            "wsgi.errors": io.StringIO(),
            "wsgi.multithread": False,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
        }
        if self.host is not None:
            environ["HTTP_HOST"] = self.host
        if self.with_uri:
            environ["REQUEST_URI"] = self.target
        for name, value in self.headers:
            key = name.upper().replace("-", "_")
            key = key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"
            environ[key] = value.encode("utf-8", "replace").decode("latin-1")
        return environ


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: Headers
    body: bytes = field(repr=False)

    @property
    def kind(self) -> str:
        return self.headers.get("Content-Type", "").partition(";")[0]


def send(site: Site, request: Request) -> Answer:
    """Let the application answer, as it answers behind a server: nothing is raised."""
    chunks, status, headers = run_wsgi_app(site.client.application, request.environ(), buffered=True)
    return Answer(int(status.split()[0]), headers, b"".join(chunks))


def complaints(request: Request, answer: Answer) -> list[str]:
    """Everything that is wrong with an answer, whatever was asked; empty when nothing is."""
    return [*_status_and_place(answer), *_message(request, answer), *_safety(answer)]


def _status_and_place(answer: Answer) -> Iterator[str]:
    if answer.status >= 500:
        yield f"status {answer.status}"
    location = answer.headers.get("Location")
    if location is not None:
        parts = urlsplit(location)
        if location.startswith(("//", "/\\", "\\")) or (parts.netloc and parts.hostname not in OWN_HOSTS):
            yield f"leads to {location[:80]}"
        if parts.scheme not in ("", "http", "https"):
            yield f"leads to {location[:80]}"


def _message(request: Request, answer: Answer) -> Iterator[str]:
    if answer.status < 400 or request.method == "HEAD" or answer.kind == "application/json":
        return
    if answer.kind == "application/problem+json":
        said = json.loads(answer.body)
        if said["status"] != answer.status or not said["detail"] or not said["title"]:
            yield f"a problem that says {answer.body[:200]!r}"
        if accepts(request.accept, "text/html"):
            yield "a problem document for a reader"
    elif answer.kind == "text/html":
        yield from _page(request, answer)
    elif answer.kind == "image/svg+xml" and request.target.lstrip("/").startswith("media/"):
        # Drawn in the place of a picture that is not there; a page would show nothing.
        return
    else:
        yield f"{answer.status} as {answer.kind}"


def _page(request: Request, answer: Answer) -> Iterator[str]:
    text = answer.body.decode()
    lang = "".join(re.findall(r'<html lang="(\w+)"', text))
    if lang not in ("vi", "en"):
        yield "a page without language"
    if not re.search(r"<h1>.*\w.*</h1>", text) or not re.search(r'<ol class="do">|class="lines"|<form', text):
        yield "a page that says nothing or not what to do"
    # An address that fixes the language fixes its bytes: whoever asks gets the page, so that an edge may keep it.
    fixed = answer.headers.get("Cache-Control", "").startswith("public") and "/verify/" in request.target
    if accepts(request.accept, PROGRAM) and not accepts(request.accept, "text/html") and not fixed:
        yield "a page for a program"


def _safety(answer: Answer) -> Iterator[str]:
    if answer.kind == "text/html" and (found := _RUNS.search(answer.body)):
        yield f"repeats {found.group()[:60]!r}"
    # A form tells us, and nobody else, where it was sent from. An answer to HEAD does not show whether it is one.
    is_form = answer.kind == "text/html" and (b'name="token"' in answer.body or not answer.body)
    for name, wanted in (
        ("X-Content-Type-Options", {"nosniff"}),
        ("Referrer-Policy", {"no-referrer", "same-origin"} if is_form else {"no-referrer"}),
    ):
        if answer.headers.get(name) not in wanted:
            yield f"{name} is {answer.headers.get(name)}"
    if "unsafe-inline" in answer.headers.get("Content-Security-Policy", "unsafe-inline"):
        yield "no strict CSP"
    if "Set-Cookie" in answer.headers:
        yield "sets a cookie"
    if "Injected" in answer.headers:
        yield "lets a header in"


# Making them up

_NASTY = (
    "%00", "%0d%0aInjected:1", "%2F", "%2f", "%5C", "%20", "%ff%fe", "%c0%af", "%E2%80%AE", "%F0%9F%90%9F", "%", "%zz",
    "//", "/./", "/../", "/..%2f", ";", "&", "+", "#", "\\", "|", "^", "~", "'", '"', "<", ">", "{", "}", "[", "]", "*",
    "é", "đ", "\u202e", "A" * 300, "9" * 40, "-1", "null", "true", "1e999", *LIVE,
)  # fmt: skip
_QUERIES = (
    "", "lang=vi", "lang=en", "lang=xx", "lang=", "lang=vi&lang=en", "format=json", "linkType=linkset", "linkType=all",
    "linkType=gs1:pip", "linkType=", "linkType=gs1:certificationInfo", "S=1", "S=", "S=" + "9" * 167, "S=" + "0" * 167,
    "S=1&S=2", "S=é", "17=261231", "99999=1", "0000=1", "21=ABC", "code=DM2610B", "code=09520000000127", "q=T",
    "code=https://evil.example/01/09520000000127", "code=//evil.example", "code=/\\evil.example", "code=/01/x",
    "code=%00", "code=A%0d%0aB&within=/01/09520000000127/10/DM2610B", "code=AB&within=//evil.example", "v=1",
    "utm_source=zalo&x[]=1", "&&&===", "%", "%zz=1", "a" * 9000, "=&" * 400, "code=" + "%F0%9F%90%9F" * 50,
)  # fmt: skip
_HEADERS: Mapping[str, Sequence[str]] = {
    "Accept": (
        BROWSER, PROGRAM, "*/*", "", "application/linkset+json", "text/html;q=0", "application/problem+json", "image/*",
        "a/b" * 3000, ",,,;;;q=", "application/json;q=1e99", "text/html, application/json", "application/linkset json",
    ),
    "Accept-Language": ("vi", "en", "en;q=0, vi", "*", "zh-Hant-TW", "x" * 5000, "en;q=NaN", ",;=q", "en," * 9000, "é"),
    "Range": ("bytes=0-10", "bytes=-1", "bytes=9999999999999-", "bytes=a-b", "bytes=0-0,1-1,2-2", "bytes=5-1", "x=1"),
    "If-None-Match": ('"x"', "*", 'W/"', "x" * 2000),
    "If-Modified-Since": ("yesterday", "Sat, 21 Nov 2026 00:00:00 GMT", "0"),
    "If-Range": ("x", '"y"', "Sat, 21 Nov 2026 00:00:00 GMT"),
    "X-Forwarded-For": ("1.2.3.4", "evil.example", "," * 500),
    "X-Forwarded-Host": ("evil.example",),
    "X-Forwarded-Proto": ("javascript",),
    "X-Original-URL": ("/evil",),
    "X-HTTP-Method-Override": ("DELETE",),
    "Cookie": ("session=x9; a=b", "=" * 4000, "é=é"),
    "Content-Type": ("application/json", "multipart/form-data", "multipart/form-data; boundary=" + "x" * 300, "é"),
    "Content-Length": ("-1", "x", "99999999999"),
    "Authorization": ("Basic eA==", "Bearer " + "x" * 3000),
    "Sec-Purpose": ("prefetch",),
    "User-Agent": ("", "x" * 8000, "<script>x9()</script>"),
    "Origin": ("https://evil.example", "null"),
    "Referer": ("https://evil.example/<script>x9()</script>",),
}  # fmt: skip
_HOSTS = (HOST,) * 80 + (
    f"{HOST}:443",
    HOST.upper(),
    "localhost:8000",
    "127.0.0.1",
    "[::1]:8000",
    "evil.example",
    "",
    None,
)
_ALPHABET = "abcXYZ019%/?&=.:;-_~+<>\"'\\ \u00e9"


def made_up(seed: int, paths: Sequence[str]) -> Request:
    """One request, the same for the same seed: most are near to something that exists."""
    dice = random.Random(seed)
    path = dice.choice(paths)
    for _ in range(dice.choice((0, 1, 1, 2, 5))):
        path = _bent(path, dice)
    query = dice.choice(_QUERIES) if dice.random() < 0.6 else ""
    for _ in range(dice.choice((0, 0, 1))):
        query = _bent(query, dice)
    names = dice.sample(sorted(_HEADERS), dice.choice((1, 1, 2, 4)))
    if dice.random() < 0.8 and "Accept" not in names:
        names.append("Accept")
    return Request(
        target=(path or "/") + (f"?{query}" if query else ""),
        method=dice.choice(METHODS) if dice.random() < 0.15 else "GET",
        headers=tuple((name, dice.choice(_HEADERS[name])) for name in names),
        body=dice.randbytes(dice.choice((0, 0, 0, 10, 3000))),
        host=dice.choice(_HOSTS),
        protocol=dice.choice(("HTTP/1.1", "HTTP/1.1", "HTTP/1.0")),
        with_uri=dice.random() < 0.5,
    )


def _bent(text: str, dice: random.Random) -> str:
    at = dice.randrange(len(text) + 1)
    match dice.randrange(6):
        case 0:
            return text[:at] + dice.choice(_NASTY) + text[at:]
        case 1:
            return text[:at] + dice.choice(_ALPHABET) + text[at + 1 :]
        case 2:
            return text[:at] + text[at + dice.randrange(1, 6) :]
        case 3:
            return text[:at] + text[max(0, at - dice.randrange(1, 20)) :]
        case 4:
            return "".join(f"%{byte:02x}" for byte in text[:at].encode()) + text[at:]
        case _:
            parts = text.split("/")
            dice.shuffle(parts)
            return "/".join(parts)
