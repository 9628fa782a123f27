"""Asking and reporting through forms: what was typed stays, what is hostile stays out, and who sent it stays hidden."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from io import BytesIO
from typing import Any
from xml.etree.ElementTree import Element

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from tests.conftest import HOST
from tests.pictures import CAMERA, GPS_WORD, exif, opened, scene, written
from tests.web.conftest import MODULE_ON_ONE_DATABASE, ON_ONE_DATABASE, Page, Site
from traceapp.adapters.photos import MOST_BYTES
from traceapp.db.tables import message_private, messages
from traceapp.services.accounts.form_tokens import MOST_SECONDS
from traceapp.services.messages.turns import MOST_AN_HOUR

PRODUCT, LOT = "/01/09520000000127", "/01/09520000000127/10/DM2610B"
UNKNOWN = "/01/00000000000017/10/A/21/1"
WORDS = "Chè này pha nước bao nhiêu độ?"


@dataclass
class Sender:
    """Somebody with a browser; `send` fills the form in that `open` showed."""

    site: Site
    path: str = f"/ask{LOT}"
    lang: str = "vi"
    remote: str = "198.51.100.7"

    def open(self) -> Page:
        return self.site.page(f"{self.path}?lang={self.lang}", remote=self.remote)

    def token(self) -> str:
        (found,) = re.findall(r'name="token" value="([^"]+)"', self.open().response.text)
        return str(found)

    def send(self, words: str = WORDS, *, wait: float = 10, token: str | None = None, **more: Any) -> TestResponse:
        headers = {name: more.pop(name) for name in list(more) if name[0].isupper()}
        token = self.token() if token is None else token
        self.site.clock.tick(seconds=wait)
        return self.site.client.post(
            f"{self.path}?lang={self.lang}",
            base_url=self.site.address,
            data={"token": token, "words": words, **more},
            headers={"Accept": "text/html", **{name.replace("_", "-"): value for name, value in headers.items()}},
            environ_overrides={"REMOTE_ADDR": self.remote},
        )

    def reference(self, **more: Any) -> str:
        answer = self.send(**more)
        assert answer.status_code == 303, answer.text
        return answer.headers["Location"].partition("/message/")[2].partition("?")[0]


def rows(site: Site) -> list[Any]:
    """What was sent in this test: the demonstration has a question of its own."""
    with site.world.read() as connection:
        return list(connection.execute(select(messages).where(messages.c.id > 1).order_by(messages.c.id)))


def private(site: Site) -> list[Any]:
    with site.world.read() as connection:
        return list(connection.execute(select(message_private)))


def field(page: Page, name: str) -> Element:
    (found,) = (one for one in page.tree.iter() if one.get("name") == name)
    return found


def error_of(page: Page, name: str) -> str:
    """The sentence beside a field, as a screen reader finds it."""
    wrong = field(page, name)
    assert wrong.get("aria-invalid") == "true"
    beside = [one for one in page.tree.iter() if one.get("id") in (wrong.get("aria-describedby") or "").split()]
    (found,) = (one for one in beside if "error" in (one.get("class") or ""))
    return " ".join("".join(found.itertext()).split())


# The form


@MODULE_ON_ONE_DATABASE
@pytest.mark.parametrize("lang", ["vi", "en"])
@pytest.mark.parametrize("kind", ["ask", "report"])
def test_the_form_says_what_it_is_about_and_needs_no_script(module_site: Site, kind: str, lang: str) -> None:
    page = module_site.page(f"/{kind}{module_site.item('DM2610B', 1)}?lang={lang}")
    assert page.status == 200 and page.lang == lang
    for word in (
        "Trà búp Đồi Mây" if lang == "vi" else "Đồi Mây bud tea",
        "DM2610B",
        module_site.item("DM2610B", 1)[-13:],
    ):
        assert word in page.words
    form = next(one for one in page.tree.iter("form") if one.get("method") == "post")
    assert form.get("action", "").startswith(f"/{kind}/01/09520000000127/10/DM2610B/21/")
    assert "<script" not in page.response.text
    for name in ("words", "photo", "contact", "website"):
        labelled = [one for one in page.tree.iter("label") if one.get("for") == field(page, name).get("id")]
        assert len(labelled) == 1, name


def test_a_question_needs_a_producer_and_a_report_does_not(module_site: Site) -> None:
    assert module_site.page(f"/ask{UNKNOWN}").status == 404
    page = module_site.page(f"/report{UNKNOWN}")
    assert page.status == 200 and "00000000000017" in page.words
    never = f"{LOT}/21/0000000000000"
    assert module_site.page(f"/report{never}").status == module_site.page(f"/ask{never}").status == 200


@MODULE_ON_ONE_DATABASE
@pytest.mark.parametrize("path", ["/ask/01/1", "/report/01", "/ask/99/1", "/ask/414/9520000900021", f"/ask{LOT}//"])
def test_a_form_about_nothing_is_refused(module_site: Site, path: str) -> None:
    assert module_site.ask(path).status_code in (400, 404)
    assert module_site.ask(path, method="POST").status_code in (400, 404)


@MODULE_ON_ONE_DATABASE
def test_the_form_is_kept_by_nobody_and_told_to_no_search_engine(module_site: Site) -> None:
    answer = module_site.ask(f"/ask{LOT}")
    assert answer.headers["Cache-Control"] == "private, no-cache"
    assert answer.headers["Referrer-Policy"] == "same-origin", "or a browser would hide where the form came from"
    assert '<meta name="robots" content="noindex">' in answer.text
    assert "canonical" not in answer.text


# Sending


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_a_question_is_received_and_its_number_leads_back_to_it(site: Site, lang: str) -> None:
    answer = Sender(site, lang=lang).send(contact="0912 345 678")
    assert answer.status_code == 303
    assert re.fullmatch(rf"/message/([0-9A-Z]{{4}}-){{4}}[0-9A-Z]{{4}}\?lang={lang}", answer.headers["Location"])
    page = site.page(answer.headers["Location"])
    assert page.status == 200 and page.lang == lang
    assert WORDS in page.words and answer.headers["Location"][9:33] in page.words
    assert not re.search(r"0912\W*345", page.response.text)
    assert page.response.headers["Cache-Control"] == "private, no-store"
    (row,) = rows(site)
    assert (row.kind, row.state, row.path, row.lang, row.words) == ("question", "new", LOT, lang, WORDS)


def test_a_report_keeps_the_label_that_was_scanned(site: Site) -> None:
    item = site.item("DM2610B", 3)
    Sender(site, f"/report{item}").reference(words="Tem bị bóc rồi dán lại.")
    Sender(site, f"/report{UNKNOWN}").reference(words="Không thấy sản phẩm này ở đâu.")
    assert [(row.kind, row.path) for row in rows(site)] == [("report", item), ("report", UNKNOWN)]


def test_text_is_kept_plain_in_one_spelling_and_shown_escaped(site: Site) -> None:
    words = "  <script>alert(1)</script> ho\u0300a\x07 & \u202eevil\r\n\r\n\r\n\r\n'x' \"y\"  "
    reference = Sender(site).reference(words=words)
    (row,) = rows(site)
    assert row.words == "<script>alert(1)</script> hòa & evil\n\n'x' \"y\""
    text = site.ask(f"/message/{reference}").text
    assert "<script" not in text and "&lt;script&gt;alert(1)&lt;/script&gt;" in text


def test_pressing_twice_sends_once(site: Site) -> None:
    sender = Sender(site)
    token = sender.token()
    first, second = sender.send(token=token), sender.send(token=token)
    assert first.headers["Location"] == second.headers["Location"]
    assert len(rows(site)) == 1


def test_pressing_twice_at_the_same_moment_sends_once(site: Site) -> None:
    sender = Sender(site)
    token = sender.token()
    site.clock.tick(seconds=10)
    with ThreadPoolExecutor(4) as pool:
        workers = [Sender(site.worker(), remote=f"203.0.113.{number}") for number in range(4)]
        answers = list(pool.map(lambda one: one.send(token=token, wait=0), workers))
    assert {answer.status_code for answer in answers} == {303}
    assert len({answer.headers["Location"] for answer in answers}) == 1
    assert len(rows(site)) == 1


@ON_ONE_DATABASE
def test_a_field_that_people_do_not_see_holds_the_message_back(site: Site) -> None:
    Sender(site).reference(website="https://spam.example")
    (row,) = rows(site)
    assert (row.state, row.held_for) == ("held", "form")


# What is wrong


@ON_ONE_DATABASE
@pytest.mark.parametrize("lang", ["vi", "en"])
def test_what_was_typed_stays_and_the_problem_stands_beside_its_field(site: Site, lang: str) -> None:
    page = Page(Sender(site, lang=lang).send(words="Sao?", contact='0912 "345"'))
    assert page.status == 422 and page.lang == lang
    assert (field(page, "words").text or "").strip() == "Sao?"
    assert field(page, "contact").get("value") == '0912 "345"'
    assert "10" in error_of(page, "words")
    assert any(one.get("role") == "alert" for one in page.tree.iter())
    assert any(one.get("href") == "#words" for one in page.tree.iter("a"))
    assert rows(site) == []


@ON_ONE_DATABASE
def test_a_program_is_told_what_is_wrong_without_a_form(site: Site) -> None:
    answer = Sender(site).send(words="Sao?", Accept="application/json")
    assert (answer.status_code, answer.mimetype) == (422, "application/problem+json")
    assert answer.get_json()["detail"].startswith("words: ")


@ON_ONE_DATABASE
def test_the_form_that_came_back_can_be_sent(site: Site) -> None:
    sender = Sender(site)
    back = sender.send(words="Sao?")
    (token,) = re.findall(r'name="token" value="([^"]+)"', back.text)
    assert sender.send(token=token).status_code == 303


@ON_ONE_DATABASE
@pytest.mark.parametrize(
    ("words", "contact", "wrong"),
    [("", "", "words"), (" \n ", "", "words"), ("x" * 1001, "", "words"), (WORDS, "0" * 121, "contact")],
)
def test_nothing_and_too_much_are_refused(site: Site, words: str, contact: str, wrong: str) -> None:
    page = Page(Sender(site).send(words=words, contact=contact))
    assert page.status == 422 and error_of(page, wrong)
    assert rows(site) == []


@ON_ONE_DATABASE
def test_too_fast_too_late_and_without_a_token_the_form_is_shown_again(site: Site) -> None:
    sender = Sender(site)
    for answer in (
        sender.send(wait=1),
        sender.send(wait=MOST_SECONDS + 1),
        sender.send(token=""),
        sender.send(token="A" * 44),
        sender.send(token=Sender(site, f"/report{LOT}").token()),
        sender.send(token=Sender(site, f"/ask{PRODUCT}").token()),
    ):
        page = Page(answer)
        assert page.status == 422
        assert (field(page, "words").text or "").strip() == WORDS
        assert field(page, "token").get("value")
    assert rows(site) == []
    (token,) = re.findall(r'name="token" value="([^"]+)"', sender.send(wait=1).text)
    assert sender.send(token=token).status_code == 303, "pressing once more is all that is asked"


def test_who_writes_too_often_is_told_so_and_keeps_the_words(site: Site) -> None:
    sender = Sender(site)
    for _ in range(MOST_AN_HOUR):
        assert sender.send().status_code == 303
    page = Page(sender.send(words="Một câu nữa thôi mà."))
    assert page.status == 429 and page.response.headers["Retry-After"] == "86400"
    assert (field(page, "words").text or "").strip() == "Một câu nữa thôi mà."
    assert len(rows(site)) == MOST_AN_HOUR
    assert Sender(site.worker(), remote=sender.remote).send().status_code == 429, "another worker counts along"
    assert Sender(site, remote="203.0.113.9").send().status_code == 303


# From where


@ON_ONE_DATABASE
@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 303),
        ({"Origin": f"https://{HOST}"}, 303),
        ({"Sec_Fetch_Site": "same-origin", "Origin": f"https://{HOST}"}, 303),
        ({"Sec_Fetch_Site": "same-origin", "Origin": "null"}, 303),
        ({"Sec_Fetch_Site": "cross-site"}, 403),
        ({"Sec_Fetch_Site": "same-site", "Origin": f"https://{HOST}"}, 403),
        ({"Sec_Fetch_Site": "none"}, 403),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": f"https://{HOST}.evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://["}, 403),
    ],
)
def test_only_our_own_pages_send_forms(site: Site, headers: dict[str, str], status: int) -> None:
    assert Sender(site).send(**headers).status_code == status
    assert len(rows(site)) == (status == 303)


# Photos


def test_a_photo_is_kept_without_its_metadata_and_shown_to_nobody(site: Site) -> None:
    data = written(scene(1600, 1200), exif=exif(6))
    reference = Sender(site, f"/report{LOT}").reference(photo=(BytesIO(data), "../../IMG 1.jpg"))
    (row,) = private(site)
    picture = opened(row.photo)
    assert (picture.format, picture.size) == ("WEBP", (1104, 1472))
    assert GPS_WORD.encode() not in row.photo and CAMERA.encode() not in row.photo and row.contact is None
    text = site.ask(f"/message/{reference}").text
    assert "<img" not in text and "IMG 1" not in text


def test_a_blurred_photo_is_welcome_here_and_no_photo_is_no_problem(site: Site) -> None:
    small = written(scene(300, 240).resize((240, 200)))
    Sender(site).reference(photo=(BytesIO(small), "a.jpg"))
    Sender(site).reference(photo=(BytesIO(b""), ""))
    assert [bool(one.photo) for one in private(site)] == [True]


@ON_ONE_DATABASE
@pytest.mark.parametrize(
    ("data", "vi", "en"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "không phải ảnh", "no JPEG, PNG or WebP"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "Tương thích nhất", "Most Compatible"),
        (written(scene(150, 150)), "150 × 150", "150 × 150"),
        (written(scene(900, 700))[:5000], "bị hỏng", "damaged"),
    ],
    ids=["svg", "heic", "small", "damaged"],
)
def test_a_photo_that_cannot_be_used_is_refused_with_what_to_do(site: Site, data: bytes, vi: str, en: str) -> None:
    for lang, words in (("vi", vi), ("en", en)):
        page = Page(Sender(site, lang=lang).send(photo=(BytesIO(data), "x.jpg")))
        assert page.status == 422
        assert words in error_of(page, "photo")
        assert (field(page, "words").text or "").strip() == WORDS
    assert rows(site) == []


@ON_ONE_DATABASE
def test_a_form_may_be_as_large_as_a_photo_and_nothing_else_may(site: Site) -> None:
    sender = Sender(site)
    large = written(scene(900, 700)) + b"\0" * 3_000_000
    assert sender.send(photo=(BytesIO(large), "x.jpg")).status_code == 303
    huge = sender.send(photo=(BytesIO(b"\0" * (MOST_BYTES + 200_000)), "x.jpg"))
    assert huge.status_code == 413
    long = "x" * 1_200_000
    assert sender.send(words=long).status_code == 413, "text has a smaller limit than pictures"
    assert sender.send(words=long, photo=(BytesIO(b"x"), "x.jpg")).status_code == 413
    assert site.client.post("/find", base_url=site.address, data=b"x" * 2_000_000).status_code in (405, 413)


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("multipart/form-data", b"no boundary"),
        ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form-data; name=words\r\n\r\nabc"),
        ("multipart/form-data; boundary=x", b"--x\r\n" * 3000),
        ("application/x-www-form-urlencoded", b"words=%ff%fe&token=%00"),
        ("application/x-www-form-urlencoded", b"&" * 5000),
        ("application/json", b'{"words": 1}'),
        ("text/plain", b""),
    ],
)
def test_a_broken_form_is_shown_again_or_refused_and_never_fails(site: Site, kind: str, body: bytes) -> None:
    answer = site.client.post(f"/ask{LOT}", base_url=site.address, data=body, content_type=kind)
    assert answer.status_code in (400, 413, 422)
    assert rows(site) == []


# Afterwards


def test_a_wrong_number_finds_nothing(site: Site) -> None:
    Sender(site).reference()
    for wrong in ("x", "0000-0000-0000-0000-0000", "%00", "é", "a" * 500):
        assert site.ask(f"/message/{wrong}").status_code == 404


def test_a_number_is_found_however_it_is_typed(site: Site) -> None:
    reference = Sender(site).reference()
    assert site.page(f"/message/{reference.lower().replace('-', '')}").status == 200


def test_who_sent_it_can_erase_contact_and_photo(site: Site) -> None:
    sender = Sender(site)
    reference = sender.reference(contact="0912345678", photo=(BytesIO(written(scene(400, 300))), "x.jpg"))
    page = site.ask(f"/message/{reference}?lang=vi")
    (token,) = re.findall(r'name="token" value="([^"]+)"', page.text)
    path = f"/message/{reference}?lang=vi"

    def erase(token: str, **headers: str) -> int:
        return site.client.post(path, base_url=site.address, data={"token": token}, headers=headers).status_code

    assert erase(token, Origin="https://evil.example") == 403
    assert erase("forged") == 303 and len(private(site)) == 1
    assert erase(token) == 303 and private(site) == []
    assert 'name="token"' not in site.ask(path).text, "nothing is left to erase"
    assert erase(token) == 303, "twice does no harm"
    assert len(rows(site)) == 1


def test_looking_at_forms_counts_no_scan_and_writes_nothing(site: Site) -> None:
    before = site.rows()
    for path in (f"/ask{LOT}", f"/report{site.item('DM2610B', 1)}", f"/report{UNKNOWN}", "/message/x"):
        site.ask(path)
    assert site.rows() == before
