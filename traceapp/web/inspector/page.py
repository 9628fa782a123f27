"""The phone's page, and all that it needs without a connection: its words, its files, what keeps it on the phone."""

from __future__ import annotations

import json
from functools import cache
from hashlib import sha256

from flask_babel import force_locale

from traceapp.i18n import LANGUAGES
from traceapp.i18n.inspect import phone_words
from traceapp.web.headers import WITH_SCRIPT
from traceapp.web.public.assets import STATIC_FOLDER, asset_url, with_drawings
from traceapp.web.public.context import PageContext
from traceapp.web.public.view import Theme
from traceapp.web.static_files import static_file
from traceapp.web.templates import render_template
from traceapp.web.words import gettext

POLICY = f"{WITH_SCRIPT} 'wasm-unsafe-eval'; manifest-src 'self'; worker-src 'self'"
"""Of this page alone: a WebAssembly reader of codes, a camera, a worker that keeps the page."""
PERMISSIONS = "camera=(self), geolocation=(), microphone=(), payment=()"
_DRAWINGS = (
    *("s-good", "s-warn", "s-bad", "s-info", "s-unknown", "s-recall", "s-void", "s-hold", "s-foreign"),
    *("hem-good", "hem-warn", "hem-bad", "hem-info"),
)
_MODULES = "inspect/*.js"
_VENDORED = ("noble-ed25519.js", "noble-hashes/*.js", "zxing/es/**/*.js", "zxing/*.wasm")
_STYLES = ("public.css", "forms.css", "inspect.css", "favicon.svg")
_ICONS = (
    ("icon-192.png", 192, "any"),
    ("icon-512.png", 512, "any"),
    ("icon-maskable.png", 512, "maskable"),
)
_WORKER = "inspect/sw.js"


def inspect_page(ctx: PageContext) -> str:
    """The page in the context's language: the same for everybody, so that a phone may keep it."""
    with force_locale(ctx.lang):
        page = render_template(
            "inspector/inspect.html",
            ctx=ctx,
            tone="brand",
            hem="brand",
            theme=Theme("#2b1d13", "#2f2217"),
            other_lang="en" if ctx.lang == "vi" else "vi",
            asset_url=asset_url,
        )
    return with_drawings(page, _DRAWINGS)


@cache
def words_json(lang: str) -> bytes:
    """What the phone may say in a language."""
    return json.dumps(phone_words(lang), ensure_ascii=False).encode()


def manifest_json(lang: str) -> bytes:
    """What makes the page installable; it takes bundles that other apps share."""
    with force_locale(lang):
        told = {
            "name": gettext("Kiểm tem traceapp"),
            "short_name": gettext("Kiểm tem"),
            "lang": lang,
            "id": "/inspect",
            "start_url": f"/inspect?lang={lang}",
            "scope": "/inspect",
            "display": "standalone",
            "background_color": "#faf4e6",
            "theme_color": "#2b1d13",
            "icons": [_icon(*one) for one in _ICONS],
            "share_target": {
                "action": "/inspect/share",
                "method": "POST",
                "enctype": "multipart/form-data",
                "params": {"files": [{"name": "bundle", "accept": ["application/zip", ".zip"]}]},
            },
        }
    return json.dumps(told, ensure_ascii=False).encode()


def _icon(name: str, size: int, purpose: str) -> dict[str, str]:
    return {"src": asset_url(f"inspect/{name}"), "sizes": f"{size}x{size}", "type": "image/png", "purpose": purpose}


def worker_js(pages: dict[str, str]) -> bytes:
    """The service worker, told which files to keep; `pages` are the page's bytes by language."""
    files = [*kept_files(), *(f"/inspect?lang={lang}" for lang in LANGUAGES)]
    files += [f"/inspect/words.json?lang={lang}" for lang in LANGUAGES]
    names = sorted(STATIC_FOLDER.glob(_MODULES))
    parts = [path.read_bytes() for path in names] + [words_json(lang) for lang in LANGUAGES]
    parts += [page.encode() for page in pages.values()]
    version = sha256(b"\0".join([*parts, *(file.encode() for file in files)])).hexdigest()[:12]
    head = f"const VERSION = {json.dumps(version)};\nconst FILES = {json.dumps(files)};\n"
    return head.encode() + static_file(_WORKER)[0]


@cache
def kept_files() -> tuple[str, ...]:
    """Addresses of the static files that the page is made of. Modules name each other without a version."""
    modules = sorted(path for path in STATIC_FOLDER.glob(_MODULES) if path.name != "sw.js")
    vendored = sorted(path for pattern in _VENDORED for path in (STATIC_FOLDER / "vendor").glob(pattern))
    plain = (f"/static/{path.relative_to(STATIC_FOLDER).as_posix()}" for path in (*modules, *vendored))
    return (*plain, *(asset_url(name) for name in _STYLES))
