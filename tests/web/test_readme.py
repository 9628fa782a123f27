"""README says what is: its settings, its addresses, its commands."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from tests.conftest import HOST
from tests.web.conftest import BROWSER, PROGRAM, Site
from traceapp.cli import traceapp
from traceapp.config import SETTINGS, Settings
from traceapp.core.errors import BadSettings

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def table(heading: str) -> list[list[str]]:
    """The cells of the table below a heading, without its header rows."""
    section = README.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    rows = [line for line in section.splitlines() if line.startswith("|")]
    # A `|` inside code is escaped in the source.
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", row.strip("|"))] for row in rows[2:]]


def quoted(cell: str) -> list[str]:
    return [text.replace("\\|", "|") for text in re.findall(r"`([^`]+)`", cell)]


# Settings


def test_the_settings_table_is_what_the_code_reads() -> None:
    assert [tuple(row) for row in table("Settings")] == [
        (f"`{setting.name}`", setting.meaning, setting.default) for setting in SETTINGS
    ]


def test_every_variable_that_the_code_names_is_in_the_table() -> None:
    named = set()
    for path in [*ROOT.glob("traceapp/**/*.py"), ROOT / "wsgi.py", ROOT / "Makefile"]:
        source = path.read_text(encoding="utf-8")
        named |= set(re.findall(r"\bTRACEAPP_[A-Z_]+[A-Z]\b", source))
        named |= {"PORT"} if re.search(r"""["']PORT["']|\$\(PORT\)""", source) else set()
    assert named == {setting.name for setting in SETTINGS}


def test_the_defaults_are_those_of_the_table() -> None:
    told = {setting.name: setting.default.strip("`") for setting in SETTINGS}
    settings = Settings.from_env({})
    assert settings.data_dir.name == told["TRACEAPP_DATA_DIR"]
    assert settings.keys_dir.name == told["TRACEAPP_KEYS_DIR"]
    assert settings.identity == told["TRACEAPP_IDENTITY"]
    assert settings.base_url == f"https://{settings.identity}"
    assert settings.database_url == f"sqlite:///{settings.data_dir / 'traceapp.db'}"
    assert str(settings.trusted_proxies) == told["TRACEAPP_TRUSTED_PROXIES"]
    assert str(settings.port) == told["PORT"]
    assert settings.passphrase is None


def test_every_setting_is_read_and_every_problem_is_named_at_once() -> None:
    wrong = {
        "TRACEAPP_IDENTITY": "192.0.2.1",
        "TRACEAPP_BASE_URL": "ftp://x",
        "TRACEAPP_DATABASE_URL": "mysql://x",
        "TRACEAPP_TRUSTED_PROXIES": "-1",
        "PORT": "http",
        "TRACEAPP_KEY_PASSPHRASE": "a",
        "TRACEAPP_KEY_PASSPHRASE_FILE": "/does/not/exist",
    }
    with pytest.raises(BadSettings) as refused:
        Settings.from_env(wrong)
    assert [name for name in wrong if name not in str(refused.value)] == []


# Addresses


def examples(site: Site) -> dict[str, list[str]]:
    """Real addresses for each row of the table, by the row's first address."""
    lot, item = site.lot("DM2610B"), site.item("DM2610B", 1)
    record = site.verdict(lot)["record_ids"][0].partition(HOST)[2]
    return {
        "/01/{gtin}[/10/{lot}[/21/{serial}]]": ["/01/09520000000127", lot, item],
        "/verify/…": [f"/verify{lot}", f"/verify{item}"],
        "/bundle/…": [f"/bundle{lot}", "/bundle/01/09520000000127"],
        "/records/{id}": [record, f"{record}/proof"],
        "/log/checkpoint": ["/log/checkpoint", "/log/tile/0/000.p/9", "/log/tile/entries/000.p/9"],
        "/log/records/…": ["/log/records/000.p/9", "/log/trust/1.json"],
        "/.well-known/did.json": [f"/.well-known/{name}" for name in ("did.json", "jwks.json", "traceapp-trust.json")],
        "/status/revocation/1": ["/status/revocation/1", "/status/suspension/1"],
        "/vocab/v1": ["/vocab/v1"],
        "/search.json?q=…": ["/search.json?q=che"],
        "/inspect": ["/inspect", "/inspect/lists.json", f"/inspect/verdict.json?path={lot}", "/inspect/sw.js"],
        "/inspections/{id}": [],  # no inspection in the demonstration: tests/inspect/test_service.py
        "/label-jobs/{token}": [],  # an address nobody can guess: tests/web/test_label_jobs.py
        "/robots.txt": ["/robots.txt", "/sitemap.xml"],
        "/healthz": ["/healthz", "/readyz"],
    }


def test_every_address_of_the_table_answers(read_only: Site) -> None:
    known = examples(read_only)
    for row in table("What machines ask for"):
        first = quoted(row[0])[0]
        for path in known.pop(first):
            for accept in (BROWSER, PROGRAM, "*/*"):
                assert read_only.ask(path, accept=accept).status_code in (200, 307), path
    assert known == {}


def test_every_address_that_the_service_has_is_in_the_table_or_a_page(read_only: Site) -> None:
    told = " ".join(row[0] for row in table("What machines ask for"))
    pages = {
        "public.start",
        "public.find_code",
        "public.verify_help",
        "public.privacy",
        "archive.archived",
        "diary_arriving.worker",
        "log_pages.log_page",
        "searching.results",
        "machine.static",
        "machine.media",
        "consumers.ask",
        "consumers.report",
        "consumers.message",
        "scan_words.place",
        "scan_words.used_up",
    }
    for rule in read_only.client.application.url_map.iter_rules():
        start = rule.rule.partition("<")[0].rstrip("/")
        view = read_only.client.application.view_functions[rule.endpoint]
        is_portal = "public" not in view.__dict__["access"] or rule.endpoint.startswith("auth.")
        if rule.endpoint not in pages and not is_portal:
            assert (start or "/01/") in told or start.rpartition("/")[2] in told, rule


# Commands


def commands(group: click.Group, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    found = []
    for name, command in group.commands.items():
        below = commands(command, (*path, name)) if isinstance(command, click.Group) else [(*path, name)]
        found += below
    return found


def test_every_command_is_in_the_table_and_every_row_is_a_command() -> None:
    rows = [quoted(row[0])[0] for row in table("Command line")]
    told = set()
    for row in rows:
        group, *rest = row.removeprefix("traceapp ").split()
        # `log check|export DIR|recover`: one row for a group.
        choices = (
            [part.split()[0] for part in " ".join(rest).split("|")]
            if isinstance(traceapp.commands[group], click.Group)
            else []
        )
        told |= {(group, choice) for choice in choices} or {(group,)}
    assert told == set(commands(traceapp))


def test_every_option_in_the_table_exists() -> None:
    for row in table("Command line"):
        text = quoted(row[0])[0]
        group = text.split()[1]
        names = (
            [(group,)]
            if not isinstance(traceapp.commands[group], click.Group)
            else [path for path in commands(traceapp) if path[0] == group]
        )
        helped = "".join(CliRunner().invoke(traceapp, [*name, "--help"]).output for name in names)
        for option in re.findall(r"--[a-z]+|(?<= )-o\b", text):
            assert option in helped, f"{text}: {option}"
