"""The command line: `traceapp …`, one module a noun."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from importlib import import_module
from keyword import iskeyword
from typing import Any, cast

import click

from traceapp import __version__
from traceapp.cli.refusals import plainly
from traceapp.core.errors import TraceappError


class _PlainErrors(click.Group):
    """Errors are one clear line and a non-zero exit, never a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except (TraceappError, OSError) as cause:
            raise click.ClickException(plainly(cause)) from cause
        except UnicodeEncodeError as cause:
            # The shell hands over bytes, which Python keeps as what no database takes.
            raise click.ClickException(f"{cause.object[:60]!a} is no text in UTF-8: write it anew.") from cause


_MODULES = {
    "accounts": "accounts",
    "init": "service",
    "serve": "service",
    "worker": "worker",
    "demo": "demo",
    "keys": "keys",
    "certifier": "certifier",
    "labels": "labels",
    "url": "labels",
    "bundle": "bundles",
    "verify": "verify",
    "log": "log",
    "scans": "scans",
    "simulate-scans": "simulate",
    "search": "search",
    "trace": "trace",
    "recall": "recalls",
    "cases": "cases",
    "products": "products",
    "photos": "photos",
    "messages": "messages",
    "inspections": "inspections",
    "import": "imports",
    "export": "exports",
    "personal": "personal",
    "witness": "witness",
    "monitor": "monitor",
    "audit": "audit",
    "backup": "backup",
    "restore": "backup",
    "export-site": "site",
}


class _Commands(Mapping[str, click.Command]):
    """Imports a command when it is asked for: whoever checks a bundle waits for neither database nor fonts."""

    def __getitem__(self, name: str) -> click.Command:
        attribute = f"{name}_" if iskeyword(name) else name.replace("-", "_")
        found: click.Command = getattr(import_module(f"traceapp.cli.{_MODULES[name]}"), attribute)
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(_MODULES)

    def __len__(self) -> int:
        return len(_MODULES)


@click.group(
    cls=_PlainErrors, commands=cast(Any, _Commands()), context_settings={"help_option_names": ["-h", "--help"]}
)
@click.version_option(__version__)
def traceapp() -> None:
    """Traceability for small producers: signed records, a public log, QR labels and an honest verdict."""


def main() -> None:
    """Entry point."""
    try:
        traceapp(standalone_mode=True)
    except BrokenPipeError:
        # The reader left (as `| head` does): not an error of ours.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except OSError as cause:
        # What click says before a command begins, such as --help.
        sys.exit(f"Error: {plainly(cause)}")
