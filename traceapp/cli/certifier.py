"""`traceapp certifier`: a body's own key on its own machine. Nothing of the service is needed, and none is imported."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from traceapp.adapters.own_key_file import load_own_key, make_own_key
from traceapp.cli.files import about, passphrase_in, write_whole
from traceapp.cli.refusals import require_yes
from traceapp.core.canonical import canonicalise, parse_object
from traceapp.core.keys import multikey, public_bytes
from traceapp.core.own.dids import NamedKey, did_document_of, require_did
from traceapp.core.own.documents import LONGEST, Told, read_offered, require_declaration, sign_offered, sign_possession

Command = Callable[..., Any]
_FILE = click.Path(dir_okay=False, path_type=Path)


def _with_key(command: Command) -> Command:
    key = click.option("--key", "key_file", type=_FILE, required=True, help="File of the private key.")
    return key(_with_passphrase(command))


def _with_passphrase(command: Command) -> Command:
    return click.option("--passphrase-file", type=_FILE, help="File that holds the key's passphrase.")(command)


def _with_did(command: Command) -> Command:
    return click.option("--did", help="did:web:… of the body, where it has one; else the key's did:key.")(command)


@click.group()
def certifier() -> None:
    """A certification body's own key: make it, and sign with it what the service offers. Runs anywhere, offline."""


@certifier.command()
@click.option("-o", "--output", type=_FILE, required=True, help="File for the private key.")
@_with_passphrase
@_with_did
def keygen(output: Path, passphrase_file: Path | None, did: str | None) -> None:
    """Make a key and say its DID; for a did:web, the did.json to put on the body's own web server."""
    if did:
        require_did(did)
    passphrase = _passphrase(passphrase_file)
    private = make_own_key(output, passphrase)
    if passphrase is None:
        click.echo(f"{output} lies unencrypted: --passphrase-file seals it.", err=True)
    _say_did(_named(public_bytes(private), did))


@certifier.command()
@_with_key
@_with_did
def did(key_file: Path, passphrase_file: Path | None, did: str | None) -> None:
    """Say the DID of a key again."""
    private = load_own_key(key_file, _passphrase(passphrase_file))
    _say_did(_named(public_bytes(private), did))


@certifier.command()
@click.argument("text", type=_FILE)
@_with_key
def prove(text: Path, key_file: Path, passphrase_file: Path | None) -> None:
    """Sign the words of a registration, as the portal gives them in a file, and print the signature."""
    private = load_own_key(key_file, _passphrase(passphrase_file))
    words = _read(text)
    signature = sign_possession(words, private)
    click.echo(words.decode("utf-8", "replace"), err=True)
    click.echo(signature)


@certifier.command()
@click.argument("document", type=_FILE)
@_with_key
@click.option("--method", help="Verification method of a did:web; else it is the document's issuer and this key.")
@click.option("--declaration", type=_FILE, help="The declaration it is about, to see what is signed.")
@click.option("-o", "--output", type=_FILE, required=True, help="File for the signed document.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def sign(
    document: Path,
    key_file: Path,
    passphrase_file: Path | None,
    method: str | None,
    declaration: Path | None,
    output: Path,
    *,
    yes: bool,
) -> None:
    """Show what an offered document says, and sign it (eddsa-jcs-2022)."""
    offered = _read(document)
    with about(document):
        _, told = read_offered(offered)
    _show(told)
    if declaration:
        _show_declaration(require_declaration(told, declaration.read_bytes()))
    else:
        click.echo("The declaration was not given: its number, scope and dates cannot be shown here.", err=True)
    if not yes:
        require_yes("Sign this?")
    private = load_own_key(key_file, _passphrase(passphrase_file))
    name = method or _named(public_bytes(private), _web(told.issuer)).method
    write_whole(output, sign_offered(offered, private, name, datetime.now(UTC)))
    click.echo(f"{output} is signed by {name}.")


@certifier.command()
@click.argument("file", type=_FILE)
@click.option("-o", "--output", type=_FILE, required=True, help="File for the same in canonical form.")
def canonical(file: Path, output: Path) -> None:
    """Write JSON in canonical form (RFC 8785), as other tools' signed documents must be brought."""
    with about(file):
        data = canonicalise(parse_object(_read(file)))
    write_whole(output, data)


def _named(raw: bytes, did: str | None) -> NamedKey:
    name = multikey(raw)
    return NamedKey(f"{require_did(did) if did else f'did:key:{name}'}#{name}", raw)


def _web(issuer: str) -> str | None:
    return issuer if issuer.startswith("did:web:") else None


def _say_did(key: NamedKey) -> None:
    click.echo(key.did)
    if _web(key.did):
        click.echo(json.dumps(did_document_of(key, multikey(key.raw)), indent=2))


def _show(told: Told) -> None:
    click.echo(f"{told.kind.removeprefix('traceapp:')} of {told.certificate}")
    click.echo(f"by {told.organisation} as {told.issuer}, offered {told.valid_from}")
    for name, value in told.said.items():
        click.echo(f"  {name}: {value}")


def _show_declaration(details: dict[str, Any]) -> None:
    click.echo("about the certificate that was declared so:")
    for name, value in sorted(details.items()):
        if name not in ("id", "type"):
            click.echo(f"  {name}: {json.dumps(value, ensure_ascii=False)}")


def _read(path: Path) -> bytes:
    """No more than a document can have, whatever the file holds."""
    with path.open("rb") as file:
        return file.read(LONGEST + 1)


def _passphrase(path: Path | None) -> str | None:
    return passphrase_in(path) if path else None
