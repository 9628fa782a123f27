"""`traceapp messages`: what consumers asked and reported, and the answers."""

from __future__ import annotations

from pathlib import Path

import click
from sqlalchemy import Connection

from traceapp.cli.files import write_whole
from traceapp.cli.world import open_world
from traceapp.core.errors import NotFound
from traceapp.i18n import show_instant
from traceapp.services.messages import inbox as service
from traceapp.services.messages.inbox import Message, State
from traceapp.services.registry.registers import producer_of

OPERATOR = "cli"
_WHY_HELD = {
    "link": "it holds a link",
    "contact": "it holds a telephone number or a mail address",
    "form": "a field was filled in that people do not see",
}
_REFERENCE = click.argument("reference")


@click.group()
def messages() -> None:
    """Questions and reports of consumers: read, answer, refuse, erase."""


@messages.command("list")
@click.option("--all", "everything", is_flag=True, help="Also those that were answered or refused.")
def list_(*, everything: bool) -> None:
    """What waits for an answer, the oldest first."""
    world = open_world()
    with world.read() as connection:
        found = service.listed(connection, tuple(State) if everything else service.WAITING)
    for one in found:
        held = f" ({_WHY_HELD.get(one.held_for, one.held_for)})" if one.held_for else ""
        click.echo(f"{one.reference}  {show_instant(one.sent, 'en')}  {one.kind}, {one.state}{held}  {one.path}")
        click.echo(f"    {_first_line(one.words)}")
    if not found:
        click.echo("Nothing waits for an answer." if not everything else "There are no messages.")


def _first_line(words: str) -> str:
    line = " ".join(words.split())
    return line if len(line) <= 100 else line[:99] + "…"


@messages.command()
@_REFERENCE
@click.option("--photo", type=click.Path(dir_okay=False, path_type=Path), help="Write its photo to FILE.webp.")
def show(reference: str, photo: Path | None) -> None:
    """All of one message, with how to reach its sender."""
    world = open_world()
    with world.read() as connection:
        found = service.find(connection, reference)
        sender = service.private_of(connection, reference)
    click.echo(f"{found.reference}: {found.kind}, {found.state}, {show_instant(found.sent, 'en')}")
    click.echo(f"About: {world.settings.base_url}{found.path}")
    click.echo(f"Contact: {sender.contact or 'none given'}")
    click.echo(f"Photo: {f'{len(sender.photo) / 1000:.0f} kB' if sender.photo else 'none'}")
    click.echo(f"\n{found.words}")
    if found.reply:
        click.echo(f"\n{found.state}: {found.reply}")
    if photo is not None:
        if sender.photo is None:
            raise NotFound(f"{found.reference} has no photo: leave --photo out.")
        write_whole(photo, sender.photo)
        click.echo(f"\n{photo} written.")


@messages.command()
@_REFERENCE
@click.argument("words")
@click.option("--by", help="Id of the organisation that answers; without it the product's producer.")
@click.option("--private", is_flag=True, help="Show it to the sender only.")
def answer(reference: str, words: str, *, by: str | None, private: bool) -> None:
    """Answer a message with WORDS. A question then shows on its product's page, unless --private."""
    world = open_world()
    with world.write() as connection:
        by = by or _answerer(connection, service.find(connection, reference))
        found = service.answer(connection, reference, words, by, world.clock(), public=not private)
    where = f"it shows on {world.settings.base_url}{found.path}" if found.public else "only its sender sees it"
    click.echo(f"{found.reference} is answered; {where}")


def _answerer(connection: Connection, message: Message) -> str:
    """The product's producer; where nobody registered the product, the operator."""
    try:
        return producer_of(connection, message.product)
    except NotFound:
        return OPERATOR


@messages.command()
@_REFERENCE
@click.argument("reason")
def refuse(reference: str, reason: str) -> None:
    """Refuse a message, or take its answer off the page. The sender sees REASON."""
    world = open_world()
    with world.write() as connection:
        found = service.refuse(connection, reference, reason, OPERATOR, world.clock())
    click.echo(f"{found.reference} is refused; only its sender sees why")


@messages.command()
@_REFERENCE
@click.option("--all", "everything", is_flag=True, help="The words and the answer too, not only contact and photo.")
def erase(reference: str, *, everything: bool) -> None:
    """Erase how to reach the sender, and the photo; the message stays."""
    world = open_world()
    with world.write() as connection:
        act = service.erase if everything else service.erase_contact
        act(connection, reference, OPERATOR, world.clock())
    click.echo(f"{reference}: {'everything is erased' if everything else 'contact and photo are erased'}")
