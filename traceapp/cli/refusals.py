"""How a command says that it does not go on."""

from __future__ import annotations

import click


def plainly(cause: Exception) -> str:
    """What failed in one line, whoever says it."""
    if isinstance(cause, OSError):
        return f"{cause.filename or 'What is written'}: {cause.strerror or cause}."
    return " ".join(str(cause).split())


def require_yes(question: str) -> None:
    """Go on only where somebody says yes."""
    try:
        said = click.confirm(question)
    except click.Abort:
        click.echo(err=True)
        said = False
    if not said:
        raise click.ClickException("Nothing was done, as nobody said yes: answer y, or add --yes.")
