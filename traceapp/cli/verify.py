"""`traceapp verify`: nothing of the service is needed, and none of it is imported."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from traceapp import i18n
from traceapp.adapters.rulebook import load_rulebook
from traceapp.cli.files import about, trust_in
from traceapp.cli.refusals import plainly
from traceapp.core.counted import Counted
from traceapp.core.errors import InvalidIdentifier, VerificationError
from traceapp.core.offline import Checked, Outcome, check_bundle


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--trust", "trust_file", type=click.Path(dir_okay=False, path_type=Path), help="A trust file you keep.")
@click.option("--lang", type=click.Choice(i18n.LANGUAGES), default="vi", show_default=True)
@click.pass_context
def verify(ctx: click.Context, file: Path, trust_file: Path | None, lang: str) -> None:
    """Check a bundle with no database and no network.

    Exit status: 0 good under the trust file given, 1 a bad finding, 2 unreadable, 3 consistent, but its keys came
    with it.
    """
    try:
        pinned = trust_in(trust_file) if trust_file else None
        with about(file):
            checked = check_bundle(file.read_bytes(), load_rulebook(), datetime.now(UTC), pinned=pinned)
    except (OSError, VerificationError, InvalidIdentifier) as cause:
        click.echo(f"Error: {plainly(cause)}", err=True)
        ctx.exit(Outcome.UNREADABLE)
    _report(checked, lang)
    ctx.exit(checked.outcome)


def _own_keys(checked: Checked) -> list[tuple[str, str]]:
    """(verification method, whose it is) of the bodies' own keys that confirm something here."""
    found = checked.verdict.find("certificate-confirmed-own-key")
    names = {str(one.data["key"]): checked.facts.name_of(one.who or "") or str(one.who) for one in found}
    return sorted(names.items())


def _report(checked: Checked, lang: str) -> None:
    headline = i18n.headline(checked.verdict, checked.facts, lang)
    click.echo(f"{headline.title}\n{headline.lead}\n")
    for finding in checked.verdict.findings:
        said = i18n.sentence(finding, checked.facts, lang)
        click.echo(f"  {finding.severity:8} {finding.code:32} {said.text}")
    for method, organisation in _own_keys(checked):
        click.echo(f"           own key of {organisation}: {method}")
    good = sum(check.state == "good" for check in checked.facts.checks)
    click.echo(
        f"\n{good} of {Counted(len(checked.facts.checks)):record|records} verified, "
        f"{checked.restricted} more only proved to exist;"
    )
    click.echo(
        f"log {checked.trust.log_key.name} up to {Counted(checked.size):entry|entries}; trust file version "
        f"{checked.trust.version}, {'pinned' if checked.pinned else 'NOT pinned: it came with the bundle'}."
    )
