"""A bundle: everything needed to check one product or lot offline, as a canonical ZIP.

Names are sorted, nothing is compressed, times are fixed: one content has one file. A reader builds the ZIP again from
what it read and compares the bytes, so nothing hides between entries. A restricted record is there only as its log
entry (`entries/`): that it exists is proved, what it says is not shown.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from traceapp.core.errors import Malformed

MOST_FILES = 20_000
MOST_BYTES = 64 * 1024 * 1024
_CONTEXTS = "contexts/"
_EPOCH = (1980, 1, 1, 0, 0, 0)
_UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_NAME = re.compile(
    rf"records/{_UUID}\.json|entries/{_UUID}\.json|proofs/{_UUID}\.tlog-proof|trust\.json"
    r"|contexts/[a-z0-9][a-z0-9.-]{0,80}|label\.txt|README\.txt"
)
_LINE = re.compile(rb"[!-~]+\n")


@dataclass(frozen=True, slots=True)
class Bundle:
    """A read bundle, nothing in it verified. Keys of the mappings are record UUIDs, those of `contexts` file names."""

    trust: bytes
    label: str | None
    records: Mapping[str, bytes] = field(default_factory=dict)
    entries: Mapping[str, bytes] = field(default_factory=dict)
    proofs: Mapping[str, bytes] = field(default_factory=dict)
    contexts: Mapping[str, bytes] = field(default_factory=dict)
    readme: bytes | None = None


def context_name(url: str) -> str:
    """What a JSON-LD context's file is called: its address without scheme, slashes as dashes."""
    name = url.partition("://")[2].lower()
    return "".join(character if character.isalnum() or character in ".-" else "-" for character in name)


def pack(files: Mapping[str, bytes]) -> bytes:
    """The one ZIP that holds exactly these files. Malformed for a name that no bundle has."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED, allowZip64=False) as archive:
        for name in sorted(files):
            _require_name(name)
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.create_system = 3
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, files[name])
    return out.getvalue()


def unpack(data: bytes) -> Bundle:
    """Read a bundle; Malformed for anything but the canonical ZIP of allowed names."""
    files = _files(data)
    if pack(files) != data:
        raise Malformed("This ZIP is not in a bundle's canonical form: something was added, reordered or recompressed.")
    if "trust.json" not in files:
        raise Malformed("A bundle holds trust.json; this one does not.")
    records, entries, proofs = (_by_uuid(files, folder) for folder in ("records/", "entries/", "proofs/"))
    unproved = sorted((records.keys() | entries.keys()) ^ proofs.keys())
    if unproved or records.keys() & entries.keys():
        raise Malformed(f"Each record of a bundle has one proof; look at {', '.join(unproved[:3]) or 'entries/'}.")
    contexts = {name.removeprefix(_CONTEXTS): data for name, data in files.items() if name.startswith(_CONTEXTS)}
    label, readme = _label(files.get("label.txt")), files.get("README.txt")
    return Bundle(files["trust.json"], label, records, entries, proofs, contexts, readme)


def _files(data: bytes) -> dict[str, bytes]:
    if len(data) > MOST_BYTES:
        raise Malformed(f"A bundle has at most {MOST_BYTES} bytes, this file {len(data)}.")
    files: dict[str, bytes] = {}
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            _require_plain(archive.infolist(), len(data))
            for entry in archive.infolist():
                if entry.filename in files:
                    raise Malformed(f"{entry.filename} stands twice in this bundle.")
                files[entry.filename] = archive.read(entry)
    except (zipfile.BadZipFile, EOFError, ValueError, NotImplementedError, RuntimeError, OSError) as cause:
        raise Malformed(f"This is no bundle: {cause}.") from cause
    return files


def _require_plain(entries: Sequence[zipfile.ZipInfo], size: int) -> None:
    """Looked at before anything is unpacked: what comes out can never be more than the file that was read."""
    if len(entries) > MOST_FILES:
        raise Malformed(f"A bundle holds at most {MOST_FILES} files, this one {len(entries)}.")
    for entry in entries:
        _require_name(entry.filename)
        if entry.compress_type != zipfile.ZIP_STORED:
            raise Malformed(f"{entry.filename} is compressed; a bundle's files are stored.")
    if sum(entry.file_size for entry in entries) > size:
        raise Malformed("This ZIP promises more than it holds; its files overlap or lie about their length.")


def _require_name(name: str) -> None:
    if not _NAME.fullmatch(name):
        raise Malformed(f"A bundle holds no file called {name[:80]!r}.")


def _by_uuid(files: Mapping[str, bytes], folder: str) -> dict[str, bytes]:
    found = {name: data for name, data in files.items() if name.startswith(folder)}
    return {name.removeprefix(folder).partition(".")[0]: data for name, data in found.items()}


def _label(data: bytes | None) -> str | None:
    if data is None:
        return None
    if not _LINE.fullmatch(data):
        raise Malformed("label.txt holds one line: a label's address, which is ASCII without spaces.")
    return data.decode().removesuffix("\n")


README = """\
This bundle lets anybody check one product or lot without asking the service that made it.

label.txt    the address it speaks of
records/     W3C Verifiable Credentials 2.0 with proofs of cryptosuite eddsa-jcs-2022, stored as signed (RFC 8785)
entries/     lines in the log of records that only the parties may read: that they exist is proved, no more
proofs/      C2SP tlog-proof of each record's log entry {"id","sha256","t":"record","v":1}, to a signed checkpoint
trust.json   the service's public keys with their history, signed by its root key
contexts/    the JSON-LD contexts that the records name

With this project:        traceapp verify BUNDLE --trust TRUST.json
Without it:               any verifier of eddsa-jcs-2022 for records/, any C2SP tlog-proof verifier for proofs/.
Get trust.json once from a place you trust and keep it: the one in here came with what it is meant to prove.

What a bundle cannot show: that nothing was left out, such as a newer recall. It speaks until its checkpoint.
"""
