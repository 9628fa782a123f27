"""Writing the static site: pages as the service serves them, marked with their day, under the same paths.

A page is fetched from the application itself, so that both say the same. What depends on today says of which day it
speaks; serials without a signature can no longer be checked, and 404.html says so.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from urllib.parse import unquote

from flask import Flask

from traceapp.core.errors import Unavailable
from traceapp.core.statements import is_restricted
from traceapp.i18n import show_date
from traceapp.services.log.entries import prove_inclusion
from traceapp.services.log.export import export_log, logged_records, paths_of_things
from traceapp.services.log.heads import Published
from traceapp.services.log.tree import hash_reader
from traceapp.services.records.signing import parse_document
from traceapp.services.world import World
from traceapp.web.access import PURPOSES
from traceapp.web.archive.servers import write_server_files
from traceapp.web.public.assets import STATIC_FOLDER
from traceapp.web.static_files import static_file

_MACHINE = (
    ".well-known/traceapp-trust.json",
    ".well-known/did.json",
    ".well-known/jwks.json",
    "vocab/v1",
    "status/revocation/1",
    "status/suspension/1",
)
_PLAIN = ("/", "/verify-help", "/privacy", "/log")
_LANGUAGES = (("vi", "index.html"), ("en", "index.en.html"))
_STYLE = '<link rel="stylesheet" href="/static/archive.css">\n</head>'
_SAID = {
    "vi": "Bản lưu ngày {day}. Mọi hạn và tình trạng được xét vào ngày ấy; sau đó có thể đã đổi.",
    "en": "Kept copy of {day}. Every term and state was judged on that day and may have changed since.",
}


@dataclass(slots=True)
class Exported:
    """How much was written; `left_out` are paths that no file can have."""

    pages: int = 0
    records: int = 0
    left_out: list[str] = field(default_factory=list)


def export_site(app: Flask, world: World, directory: Path) -> Exported:
    """Write the whole site into `directory`. Unavailable before anything is published."""
    published = published_of(world)
    done, now = Exported(), world.clock()
    writer = _Writer(app, directory, now, done)
    with world.read() as connection:
        things = paths_of_things(connection, world.host)
    for path in (*_PLAIN, *things):
        writer.page(path)
    for name in _MACHINE:
        writer.put(name, writer.ask(f"/{name}"))
    for lang, name in (("vi", "404.html"), ("en", "404.en.html")):
        writer.put(name, writer.ask(f"/archived?lang={lang}"))
    _write_records(world, published, writer, done)
    _write_files(world, writer)
    with world.read() as connection:
        export_log(connection, published, world.log_key, directory / "log")
    write_server_files(directory, world.settings.base_host)
    return done


def published_of(world: World) -> Published:
    """What a site is made of. Unavailable before anything is published."""
    published = world.published.read()
    if published is None:
        raise Unavailable("Nothing is published yet.")
    return published


class _Writer:
    """Fetches from the application and writes below one folder."""

    def __init__(self, app: Flask, directory: Path, now: datetime, done: Exported) -> None:
        self._client = app.test_client()
        self._directory = directory
        self._now = now
        self._done = done

    def page(self, path: str) -> None:
        """A page in both languages, and the bundle beside it."""
        if any(part in ("", ".", "..") for part in unquote(path).split("/")[1:]) and path != "/":
            self._done.left_out.append(path)
            return
        folder = unquote(path).strip("/")
        for lang, name in _LANGUAGES:
            body = self.ask(f"{path}?lang={lang}", "text/html").decode()
            self.put(f"{folder}/{name}", self._dated(body, lang).encode())
        if path not in _PLAIN:
            self.put(f"bundle/{folder}/index.zip", self.ask(f"/bundle{path}"))
        self._done.pages += 1

    def ask(self, path: str, accept: str = "*/*") -> bytes:
        """What the application answers; Unavailable where that is no page."""
        # Nobody looks at a label here: as a browser that only fetches ahead, it is not counted as a scan.
        headers = {"Accept": accept, PURPOSES[0].removeprefix("HTTP_").replace("_", "-"): "prefetch"}
        answer = self._client.get(path, headers=headers, base_url="http://localhost")
        if answer.status_code != 200:
            raise Unavailable(f"{path} answers {answer.status_code}: the site is not whole.")
        body: bytes = answer.data
        return body

    def put(self, name: str, data: bytes) -> None:
        """Write one file below the folder."""
        target = self._directory / name.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)

    def _dated(self, page: str, lang: str) -> str:
        """The page with the day it speaks of above everything else."""
        said = _SAID[lang].format(day=show_date(self._now.date()))
        head, body, rest = page.partition("<body")
        tag, end, content = rest.partition(">")
        return f'{head.replace("</head>", _STYLE, 1)}{body}{tag}{end}\n<p class="kept">{said}</p>{content}'


def _write_records(world: World, published: Published, writer: _Writer, done: Exported) -> None:
    """Every public record with its proof; of restricted ones the proof alone."""
    size, _, note = published
    with world.read() as connection:
        reader = hash_reader(connection, size)
        for leaf_index, uuid, body in logged_records(connection, size):
            writer.put(f"records/{uuid}/proof", prove_inclusion(reader, leaf_index, note))
            if not is_restricted(parse_document(body)):
                writer.put(f"records/{uuid}/index.json", body)
                done.records += 1


def _write_files(world: World, writer: _Writer) -> None:
    for path in sorted(STATIC_FOLDER.rglob("*")):
        name = path.relative_to(STATIC_FOLDER).as_posix()
        if path.is_file() and path.suffix in (".css", ".js", ".svg", ".png", ".webp", ".txt"):
            writer.put(f"static/{name}", static_file(name)[0])
    for picture in sorted(world.media_dir.glob("*")):
        if picture.is_file():
            writer.put(f"media/{picture.name}", picture.read_bytes())
