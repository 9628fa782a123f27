"""GS1 Digital Link: what parses, what is refused and why, and one spelling for each thing."""

from __future__ import annotations

import string
from urllib.parse import quote, unquote

import pytest
from biip import ParseError
from biip.gs1_application_identifiers import GS1ApplicationIdentifier
from biip.gs1_digital_link_uris import GS1DigitalLinkURI
from hypothesis import given
from hypothesis import strategies as st

from traceapp.core.digital_link import DigitalLink, Identity, parse_path, parse_query, parse_url
from traceapp.core.errors import InvalidIdentifier, Malformed
from traceapp.core.identifiers import Gtin, Lot, Serial, TraceCode, Variant, check_digit, trace_code

GTIN = Gtin("09520000000110")
CODE = trace_code(123_456_789)
CSET_82 = "!\"%&'()*+,-./0123456789:;<=>?_" + string.ascii_letters
values = st.text(CSET_82, min_size=1, max_size=20)
gtins = st.text(string.digits, min_size=13, max_size=13).map(lambda payload: Gtin(payload + check_digit(payload)))


def maybe(kind: type[str]) -> st.SearchStrategy[str | None]:
    return st.none() | values.map(kind)


identities = st.builds(Identity, gtins, maybe(Variant), maybe(Lot), maybe(Serial)) | st.builds(
    Identity, st.integers(0, 2**55 - 1).map(trace_code), st.none(), maybe(Lot), maybe(Serial)
)


@given(identities)
def test_what_is_written_is_read_back(identity: Identity) -> None:
    link = parse_path(identity.path)
    assert link.identity == identity
    assert link.path == identity.path
    assert link.canonical == identity.canonical
    assert parse_path(identity.path + "/") == link
    assert identity.path.isascii()


@pytest.mark.many
@given(identities)
def test_another_library_reads_the_same_from_the_canonical_address(identity: Identity) -> None:
    if identity.canonical is None or not identity.product.strip("0"):
        return
    found = GS1DigitalLinkURI.parse(identity.canonical).element_strings
    assert [(element.ai.ai, element.value) for element in found] == [
        (ai, value)
        for ai, value in [
            ("01", identity.product),
            ("22", identity.variant),
            ("10", identity.lot),
            ("21", identity.serial),
        ]
        if value is not None
    ]
    assert GS1DigitalLinkURI.parse(identity.canonical).as_canonical_uri() == identity.canonical


@given(st.text(max_size=60))
def test_any_path_is_either_read_or_refused_with_a_reason(text: str) -> None:
    for path in (text, "/" + text, f"/01/{GTIN}/10/{text}"):
        try:
            parse_path(path)
        except InvalidIdentifier as refusal:
            assert str(refusal).isprintable()


def test_levels_paths_and_narrower_identities() -> None:
    item = Identity(GTIN, Variant("A"), Lot("VS2609A"), Serial("7"))
    assert item.level == "item"
    assert item.path == "/01/09520000000110/22/A/10/VS2609A/21/7"
    assert item.lot_path == "/01/09520000000110/22/A/10/VS2609A"
    assert item.canonical == "https://id.gs1.org" + item.path
    assert item.without_serial().level == "lot"
    assert item.product_only() == Identity(GTIN)
    assert item.product_only().level == "product"
    assert Identity(GTIN, Variant("A")).level == "product"
    assert Identity(GTIN, serial=Serial("7")).lot_path == "/01/09520000000110"


def test_a_trace_code_has_its_own_path_and_no_canonical_address() -> None:
    item = Identity(CODE, lot=Lot("A1"), serial=Serial("7"))
    assert item.path == f"/t/{CODE}/10/A1/21/7"
    assert item.lot_path == f"/t/{CODE}/10/A1"
    assert item.canonical is None
    assert parse_path(f"/t/{CODE.lower()}/10/A1/21/7").identity == item
    assert parse_path(f"/t/{CODE}").canonical is None


def test_a_trace_code_has_no_variant() -> None:
    with pytest.raises(InvalidIdentifier, match="cannot have the variant A"):
        Identity(CODE, Variant("A"))
    with pytest.raises(InvalidIdentifier, match="'22' cannot follow /t/; allowed there: 10, 21"):
        parse_path(f"/t/{CODE}/22/A")


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/414/9520000900014", DigitalLink("414", "9520000900014")),
        ("/414/9520000900014/254/Kho-A", DigitalLink("414", "9520000900014", (("254", "Kho-A"),))),
        ("/417/9520000900014/", DigitalLink("417", "9520000900014")),
        ("/8004/9520000ABC", DigitalLink("8004", "9520000ABC")),
        ("/00/106141412345678908", DigitalLink("00", "106141412345678908")),
    ],
)
def test_places_parties_assets_and_logistic_units_parse(path: str, expected: DigitalLink) -> None:
    link = parse_path(path)
    assert link == expected
    assert link.identity is None
    assert link.path == path.rstrip("/")
    assert link.canonical == "https://id.gs1.org" + link.path


def test_a_third_partys_serial_names_the_product() -> None:
    link = parse_path(f"/01/{GTIN}/235/{'x' * 28}")
    assert link.qualifiers == (("235", "x" * 28),)
    assert link.identity == Identity(GTIN)
    assert link.path == f"/01/{GTIN}/235/{'x' * 28}"


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("", "does not begin with /"),
        ("01/09520000000110", "does not begin with /"),
        ("/", "no known key"),
        ("//", "empty part"),
        ("/gtin/09520000000110", "no known key"),
        ("/T/T000000000000", "no known key"),
        ("/10/VS2609A/01/09520000000110", "no known key"),
        ("/8006/095200000001100101", "no known key"),
        ("/01", "'01', which has no value"),
        ("/01/9520000000110", "has 13 digits"),
        ("/01/09520000000111", "check digit should be 0"),
        ("/414/9520000900015", "check digit should be 4"),
        ("/t/T000000000001", "check character should be 0"),
        ("/01/09520000000110/10", "'10', which has no value"),
        ("/01/09520000000110/foo", "'foo', which has no value"),
        ("/01/09520000000110//10/A", "holds an empty part; remove the doubled /"),
        ("/01/09520000000110/10/A//", "empty part"),
        ("/01/09520000000110/10//21/A", "empty part"),
        ("/01/09520000000110/99/A", "'99' cannot follow /01/; allowed there: 22, 10, 21"),
        ("/01/09520000000110/254/A", "'254' cannot follow /01/"),
        ("/414/9520000900014/10/A", "'10' cannot follow /414/; allowed there: 254"),
        ("/417/9520000900014/254/A", "'254' cannot follow /417/; allowed there: none"),
        ("/00/106141412345678908/10/A", "allowed there: none"),
        ("/8004/9520000ABC/7040/1ABC", "allowed there: none"),
        ("/t/T000000000000/235/A", "'235' cannot follow /t/"),
        ("/01/09520000000110/21/1/10/A", "/10/ cannot follow /21/; the order is 22, 10, 21, each once"),
        ("/01/09520000000110/10/A/22/B", "/22/ cannot follow /10/"),
        ("/01/09520000000110/10/A/10/A", "/10/ cannot follow /10/"),
        ("/01/09520000000110/235/A/21/1", "AI 235 stands beside other qualifiers"),
        ("/01/09520000000110/10/A/235/B", "AI 235 stands beside other qualifiers"),
        (f"/01/09520000000110/235/{'x' * 29}", "has 29 characters; write 1 to 28"),
        ("/01/09520000000110/10/VS%2009", "contains ' '"),
        ("/01/09520000000110/10/%00", "cannot carry"),
        ("/01/09520000000110/10/L%C3%94", "contains 'Ô'"),
        ("/01/09520000000110/10/VS 09", "not percent-encoded"),
        ("/01/09520000000110/10/a%", "not percent-encoded"),
        ("/01/09520000000110/10/a%2", "not percent-encoded"),
        ("/01/09520000000110/10/a%zz", "not percent-encoded"),
        ("/01/09520000000110/10/a?b", "not percent-encoded"),
        ("/01/09520000000110/10/LÔ", "not percent-encoded"),
        ("/01/09520000000110/10/%C3", "not UTF-8"),
        ("/01/09520000000110/10/%ED%A0%80", "not UTF-8"),
        ("/01/09520000000110/10/%C0%AF", "not UTF-8"),
        ("/01/09520000000110/10/" + "x" * 21, "has 21 characters"),
        ("/" * 4097, "longest is 4096"),
    ],
)
def test_a_wrong_path_is_refused_with_the_reason(path: str, reason: str) -> None:
    with pytest.raises(InvalidIdentifier, match=reason):
        parse_path(path)


def test_an_encoded_slash_belongs_to_the_lot_and_a_plus_is_a_plus() -> None:
    identity = parse_path("/01/09520000000110/10/A%2fB+C").identity
    assert identity is not None
    assert identity.lot == "A/B+C"
    assert identity.path == "/01/09520000000110/10/A%2FB%2BC"


def test_unreserved_characters_may_arrive_encoded() -> None:
    assert parse_path("/%30%31/0952000000011%30/10/%41").path == "/01/09520000000110/10/A"


@pytest.mark.many
def test_query_ais_are_those_another_library_knows() -> None:
    numbers = [f"{number:0{width}}" for width in (1, 2, 3, 4) for number in range(10**width)]
    assert [ai for ai in numbers if _is_accepted(ai)] == [ai for ai in numbers if _is_known_elsewhere(ai)]


def _is_accepted(ai: str) -> bool:
    try:
        return parse_query(f"{ai}=1").others == ((ai, "1"),)
    except InvalidIdentifier:
        return False


def _is_known_elsewhere(ai: str) -> bool:
    try:
        return GS1ApplicationIdentifier.extract(ai + "1" * 90).ai == ai
    except ParseError:
        return False


def test_a_query_is_taken_apart_and_the_rest_kept_in_order() -> None:
    query = parse_query("utm=a%20b&17=261231&linkType=gs1%3Apip&S=123&lang=vi&b&utm=2&&x=y=z")
    assert query.signature == query.sole_signature() == "123"
    assert query.link_type == "gs1:pip"
    assert query.lang == "vi"
    assert query.others == (("utm", "a%20b"), ("17", "261231"), ("b", ""), ("utm", "2"), ("x", "y=z"))
    assert query.value("utm") == "a b"
    assert query.value("context") is None
    assert query.forwardable == "utm=a%20b&17=261231&b=&utm=2&x=y=z"


def test_an_empty_query_says_nothing() -> None:
    query = parse_query("")
    assert query.signature is None
    assert query.sole_signature() is None
    assert (query.link_type, query.lang, query.others, query.forwardable) == (None, None, (), "")
    assert parse_query("linkType=&lang=") == query


def test_two_signatures_are_refused_when_the_label_is_checked() -> None:
    query = parse_query("S=1&%53=1")
    assert query.signatures == ("1", "1")
    assert query.signature == "1"
    with pytest.raises(Malformed, match="carries 2 signatures"):
        query.sole_signature()


def test_neither_a_signature_nor_a_serial_goes_to_another_host() -> None:
    assert parse_query("S=1&21=7&%32%31=8&235=9&17=261231").forwardable == "17=261231"


@pytest.mark.parametrize("key", ["0", "1", "05", "9999", "123456", "%39%39%39"])
def test_a_numeric_key_that_is_no_ai_is_refused(key: str) -> None:
    with pytest.raises(InvalidIdentifier, match="is no GS1 Application Identifier; remove it"):
        parse_query(f"a=b&{key}=1")


@pytest.mark.parametrize("raw", ["utm=%zz", "%ff=1", "s=1", "a;b", "=x", "utm_1=2", "%C2%B2=1"])
def test_odd_unknown_keys_are_no_reason_to_refuse(raw: str) -> None:
    assert len(parse_query(raw).others) == 1


@pytest.mark.parametrize("raw", ["a=\r\nSet-Cookie:x", "a b", "a=ô", "\x00"])
def test_a_query_that_no_browser_sends_is_refused(raw: str) -> None:
    with pytest.raises(InvalidIdentifier, match="percent-encode it"):
        parse_query(raw)


def test_a_query_may_have_eight_kib_and_no_more() -> None:
    assert parse_query("a" * 8192).others == (("a" * 8192, ""),)
    with pytest.raises(InvalidIdentifier, match="longest is 8192"):
        parse_query("a" * 8193)


def test_a_whole_address_is_read_with_scheme_and_host_in_any_case() -> None:
    host, link, query = parse_url(f" HTTPS://ID.Example.VN:8443/01/{GTIN}/10/A/?S=1#top\n")
    assert host == "id.example.vn:8443"
    assert link.identity == Identity(GTIN, lot=Lot("A"))
    assert query.signature == "1"
    assert parse_url(f"http://localhost/t/{CODE}") == ("localhost", DigitalLink("t", TraceCode(CODE)), parse_query(""))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "not a web address"),
        ("not an address", "not a web address"),
        (f"ftp://id.example.vn/01/{GTIN}", "not a web address"),
        (f"id.example.vn/01/{GTIN}", "not a web address"),
        (f"https:///01/{GTIN}", "no usable host"),
        (f"https://user@id.example.vn/01/{GTIN}", "no usable host"),
        (f"https://user:secret@id.example.vn/01/{GTIN}", "no usable host"),
        (f"https://vi dụ.vn/01/{GTIN}", "no usable host"),
        (f"https://a\n.vn/01/{GTIN}", "no usable host"),
        (f"https://id.example.vn:port/01/{GTIN}", "no usable host"),
        (f"https://{'a' * 254}/01/{GTIN}", "no usable host"),
        ("https://id.example.vn", "does not begin with /"),
        (f"https://id.example.vn/shop/01/{GTIN}", "no known key"),
        (f"https://id.example.vn/01/{GTIN}?999=1", "no GS1 Application Identifier"),
        ("https://id.example.vn/" + "a" * 4096, "longest is 4096"),
    ],
)
def test_a_wrong_address_is_refused_with_the_reason(text: str, reason: str) -> None:
    with pytest.raises(InvalidIdentifier, match=reason):
        parse_url(text)


@given(identities)
def test_an_address_another_program_encoded_less_strictly_names_the_same_thing(identity: Identity) -> None:
    relaxed = "/".join(quote(unquote(segment), safe="!&()*+,;=:") for segment in identity.path.split("/"))
    assert parse_path(relaxed).identity == identity
