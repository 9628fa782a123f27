"""The command line: `traceapp …`, one module a noun."""

from __future__ import annotations

import os
import sys
from typing import Any

import click

from traceapp import __version__
from traceapp.cli import bundles, demo, keys, labels, log, service
from traceapp.core.errors import TraceappError


class _PlainErrors(click.Group):
    """Errors are one clear line and a non-zero exit, never a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except TraceappError as cause:
            raise click.ClickException(" ".join(str(cause).split())) from cause
        except OSError as cause:
            raise click.ClickException(f"{cause.filename or 'A file'}: {cause.strerror or cause}.") from cause


@click.group(cls=_PlainErrors, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__)
def traceapp() -> None:
    """Traceability for small producers: signed records, a public log, QR labels and an honest verdict."""


for command in (
    service.init,
    service.serve,
    demo.demo,
    keys.keys,
    labels.labels,
    labels.url,
    bundles.bundle,
    bundles.verify,
    log.log,
):
    traceapp.add_command(command)


def main() -> None:
    """Entry point."""
    try:
        traceapp(standalone_mode=True)
    except BrokenPipeError:
        # The reader left (as `| head` does): not an error of ours.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
