import pytest

from tests.builders import LOT, OTHER_LOT, OTHER_PRODUCER, PRODUCER, event, facts, goods, label_run, product, source
from tests.builders import lot as a_lot
from tests.core.rules.judging import codes, findings, only
from traceapp.core.facts import LabelVoidFact, RuleBook, YieldRule
from traceapp.core.findings import Mark, Severity
from traceapp.core.rules import mass_balance
from traceapp.core.rules.balance_goods import stocks
from traceapp.core.rules.balance_labels import labels_in_use

THIRD_LOT = f"{OTHER_LOT}3"
RULES = RuleBook(
    "test",
    yields=(
        YieldRule("búp tươi", "chè khô", 4.2, 5.5, "kg per kg"),
        YieldRule("chượp", "nước mắm cốt", 2.5, 5.0, "kg per l"),
        YieldRule("gạo", "cơm", 0.4, 0.5, "kg per kg"),
        YieldRule("cam tươi", "cam loại 1", 1.03, 1.25, "kg per kg"),
    ),
)


def process(inputs, outputs, **more):
    return event("PROCESS", "2026-10-08", inputs=inputs, outputs=outputs, **more)


def sourced(*outputs, **more):
    return event("SOURCE", "2026-10-07", outputs=outputs, **more)


def packed(inputs, outputs, **more):
    return event("PACK", "2026-10-09", inputs=inputs, outputs=outputs, **more)


def judged(*events, **fields):
    return only(mass_balance, facts(*events, rulebook=RULES, **fields))


# Each event alone


def test_output_within_its_yield_rule_agrees():
    agreed = judged(sourced("búp tươi, 880 kg"), process(["búp tươi, 880 kg"], ["chè khô, 184 kg"]))
    assert (agreed.code, agreed.severity, agreed.mark, agreed.who) == (
        "mass-balance-ok",
        Severity.GOOD,
        Mark.DECLARED,
        PRODUCER,
    )


def test_output_beyond_its_yield_rule_names_goods_and_numbers():
    exceeded = judged(sourced("búp tươi, 840 kg"), process(["Búp  tươi, 840 kg"], ["chè khô, 0.25 tấn"]))
    assert (exceeded.code, exceeded.severity) == ("mass-balance-exceeded", Severity.WARNING)
    assert exceeded.data == {
        "kind": "yield",
        "lot": LOT,
        "goods": "chè khô",
        "unit": "kg",
        "claimed": 250.0,
        "most": 200.0,
        "inputs": [{"goods": "Búp  tươi", "quantity": 840.0, "unit": "kg"}],
        "least": 4.2,
        "most_per": 5.5,
        "rule_unit": "kg per kg",
    }


def test_a_rule_is_kept_to_the_last_gram_and_not_beyond():
    assert judged(sourced("búp tươi, 840 kg"), process(["búp tươi, 840 kg"], ["chè khô, 200 kg"])).code.endswith("ok")
    beyond = process(["búp tươi, 840 kg"], ["chè khô, 200.001 kg"])
    assert judged(sourced("búp tươi, 840 kg"), beyond).code == "mass-balance-exceeded"


def test_a_rule_may_lead_from_one_dimension_to_another():
    salted = sourced("chượp, 8000 kg")
    assert judged(salted, process(["chượp, 8000 kg"], ["nước mắm cốt, 3200 l"])).code == "mass-balance-ok"
    exceeded = judged(salted, process(["chượp, 8000 kg"], ["nước mắm cốt, 3201 l"]))
    assert (exceeded.data["claimed"], exceeded.data["most"], exceeded.data["unit"]) == (3201.0, 3200.0, "l")


def test_where_a_rule_lets_goods_grow_they_may_weigh_more_than_went_in():
    assert judged(sourced("gạo, 10 kg"), process(["gạo, 10 kg"], ["cơm, 25 kg"])).code == "mass-balance-ok"
    assert judged(sourced("gạo, 10 kg"), process(["gạo, 10 kg"], ["cơm, 26 kg"])).code == "mass-balance-exceeded"


def test_water_in_the_vat_does_not_bound_what_a_rule_already_judges():
    into = ["chượp, 8000 kg", "nước, 200 l"]
    assert judged(sourced(*into), process(into, ["nước mắm cốt, 2150 l"])).code == "mass-balance-ok"


def test_two_grades_each_within_the_rule_may_together_be_too_much():
    graded = process(["cam tươi, 1620 kg"], ["cam loại 1, 1500 kg", "cam loại 2, 121 kg"])
    exceeded = judged(sourced("cam tươi, 1620 kg"), graded)
    assert (exceeded.data["kind"], exceeded.data["claimed"], exceeded.data["most"]) == ("event", 1621.0, 1620.0)


def test_an_output_that_broke_its_rule_is_told_once():
    doubled = process(["cam tươi, 10 kg"], ["cam loại 1, 20 kg"])
    assert judged(sourced("cam tươi, 10 kg"), doubled).data["kind"] == "yield"


def test_the_rule_counts_for_the_pair_that_it_names_among_other_goods():
    mixed = process(["búp tươi, 420 kg", "hoa nhài, 5 kg"], ["chè khô, 101 kg"])
    exceeded = judged(sourced("búp tươi, 420 kg", "hoa nhài, 5 kg"), mixed)
    assert (exceeded.data["kind"], exceeded.data["most"]) == ("yield", 100.0)


def test_without_a_rule_no_more_comes_out_than_went_in_of_a_dimension():
    bought = sourced("cá cơm, 6000 kg", "muối biển, 2000 kg")
    into = ["cá cơm, 6000 kg", "muối biển, 2000 kg"]
    assert judged(bought, process(into, ["chượp sống, 8 tấn"])).code == "mass-balance-ok"
    exceeded = judged(bought, process(into, ["chượp sống, 8001 kg"]))
    assert (exceeded.data["kind"], exceeded.data["claimed"], exceeded.data["most"]) == ("event", 8001.0, 8000.0)
    assert [one["goods"] for one in exceeded.data["inputs"]] == ["cá cơm", "muối biển"]


def test_a_named_count_is_a_dimension_of_its_own():
    dried = sourced("mộc, 138 bộ")
    assert judged(dried, process(["mộc, 138 bộ"], ["bộ ấm, 123 bộ"])).code == "mass-balance-ok"
    assert judged(dried, process(["mộc, 138 bộ"], ["bộ ấm, 139 bộ"])).code == "mass-balance-exceeded"


def test_float_noise_is_no_excess():
    into = ["a, 0.1 kg", "b, 0.2 kg"]
    assert judged(sourced(*into), process(into, ["c, 0.3 kg"])).code == "mass-balance-ok"


def test_output_of_a_dimension_that_did_not_go_in_is_unknown_and_never_good():
    unknown = judged(sourced("tơ, 16 kg"), process(["tơ, 16 kg"], ["lụa, 330 m"]))
    assert (unknown.code, unknown.severity, unknown.data) == (
        "mass-balance-unknown",
        Severity.INFO,
        {"unknown": ["lụa"]},
    )


def test_packs_are_what_they_hold():
    pressed = sourced("chè khô, 184 kg")
    assert judged(pressed, packed(["chè khô, 184 kg"], ["gói 200 g, 920 gói"])).code == "mass-balance-ok"
    exceeded = judged(pressed, packed(["chè khô, 184 kg"], ["gói 200 g, 921 gói"]))
    assert (exceeded.data["claimed"], exceeded.data["most"], exceeded.data["unit"]) == (184.2, 184.0, "kg")


def test_packs_of_unknown_content_are_unknown():
    for fields in ({"net_value": None}, {"net_unit": None}, {"net_value": -1}):
        pack = packed(["chè khô, 184 kg"], ["gói, 900 gói"])
        assert judged(sourced("chè khô, 184 kg"), pack, product=product(**fields)).code == "mass-balance-unknown"
    assert judged(sourced("chè khô, 184 kg"), pack, product=None).code == "mass-balance-unknown"


def test_packing_counted_in_weight_needs_no_conversion():
    assert judged(sourced("chè khô, 184 kg"), packed(["chè khô, 184 kg"], ["chè gói, 185 kg"])).code.endswith(
        "exceeded"
    )


def test_numbers_of_a_restricted_event_are_not_told():
    received = event("RECEIVE", "2026-10-08", inputs=["chè khô, 10 kg"], outputs=["chè nhận, 11 kg"], restricted=True)
    exceeded = judged(sourced("chè khô, 10 kg"), received)
    assert exceeded.data == {"kind": "event", "lot": LOT, "goods": "chè nhận", "unit": "kg"}


# One kind of goods in a lot


def test_no_more_of_a_goods_is_used_than_was_brought_in_or_made():
    twice = [process(["búp tươi, 500 kg"], ["chè khô, 100 kg"]) for _ in range(2)]
    exceeded = judged(sourced("búp tươi, 880 kg"), *twice)
    assert exceeded.data == {
        "kind": "goods",
        "lot": LOT,
        "goods": "búp tươi",
        "unit": "kg",
        "claimed": 1000.0,
        "most": 880.0,
        "taken_by": [],
    }


def test_goods_the_lot_never_had_are_unknown():
    assert judged(process(["chè khô, 10 kg"], ["chè vụn, 9 kg"])).data == {"unknown": ["chè khô"]}


SOURCE_LOT = (
    sourced("búp tươi, 440 kg", lot=OTHER_LOT),
    process(["búp tươi, 440 kg"], ["chè khô, 100 kg"], lot=OTHER_LOT),
)


def mixing(amount, *, into=LOT, of="chè khô", from_lot=OTHER_LOT, by=PRODUCER):
    return event("MIX", "2026-10-19", lot=into, by=by, inputs=[goods(f"{of}, {amount} kg", from_lot=from_lot)])


def test_what_another_lot_took_is_subtracted_from_what_remains():
    assert codes(mass_balance, facts(*SOURCE_LOT, mixing(100), rulebook=RULES))[0] != "mass-balance-exceeded"
    taken = only(mass_balance, facts(*SOURCE_LOT, mixing(101), rulebook=RULES))
    assert (taken.code, taken.data["lot"], taken.data["taken_by"]) == ("mass-balance-exceeded", OTHER_LOT, [LOT])


def own(*events, **fields):
    """The same facts, seen from the source lot."""
    mine = tuple(one for one in events if one.event.lot == OTHER_LOT)
    return facts(*events, events=mine, lot=a_lot(id=OTHER_LOT, lot="L2"), rulebook=RULES, **fields)


def test_the_lot_it_was_taken_from_is_told_too():
    taken = only(mass_balance, own(*SOURCE_LOT, mixing(101)))
    assert (taken.code, taken.data["claimed"], taken.data["most"]) == ("mass-balance-exceeded", 101.0, 100.0)


def test_whoever_took_its_share_before_does_not_answer_for_whoever_took_too_much_later():
    early, late = mixing(60), mixing(60, into=THIRD_LOT, by=OTHER_PRODUCER)
    assert codes(mass_balance, facts(*SOURCE_LOT, early, late, rulebook=RULES)) != ["mass-balance-exceeded"]
    late, early = mixing(60, into=THIRD_LOT, by=OTHER_PRODUCER), mixing(60)
    assert codes(mass_balance, facts(*SOURCE_LOT, late, early, rulebook=RULES)) == ["mass-balance-exceeded"]


def test_goods_that_cannot_exist_do_not_become_real_in_the_next_lot():
    impossible = process(["búp tươi, 440 kg"], ["chè khô, 200 kg"], lot=OTHER_LOT)
    known = facts(SOURCE_LOT[0], impossible, mixing(50), rulebook=RULES)
    exceeded = only(mass_balance, known)
    assert (exceeded.data["kind"], exceeded.data["lot"]) == ("yield", OTHER_LOT)


def test_taking_goods_that_the_other_lot_never_had_is_unknown_for_the_taker_alone():
    known = (*SOURCE_LOT, mixing(10, of="chè vàng"))
    assert only(mass_balance, facts(*known, rulebook=RULES)).data == {"unknown": ["chè vàng"]}
    assert only(mass_balance, own(*known)).code == "mass-balance-ok"


def test_packs_of_a_source_lot_are_converted_only_if_it_is_the_same_product():
    packs = packed(["chè khô, 20 kg"], ["gói 200 g, 100 gói"], lot=OTHER_LOT)
    same = {OTHER_LOT: a_lot(id=OTHER_LOT, lot="L2")}
    known = (*SOURCE_LOT, packs, mixing(10))
    assert codes(mass_balance, facts(*known, rulebook=RULES, lots=same)) == ["mass-balance-ok"]
    too_many = packed(["chè khô, 20 kg"], ["gói 200 g, 101 gói"], lot=OTHER_LOT)
    known = (*SOURCE_LOT, too_many, mixing(10))
    assert codes(mass_balance, facts(*known, rulebook=RULES, lots=same)) == ["mass-balance-exceeded"]
    other = {OTHER_LOT: a_lot(id=OTHER_LOT, lot="L2", product="another product")}
    assert codes(mass_balance, facts(*known, rulebook=RULES, lots=other)) == ["mass-balance-ok"]


# Labels

DRIED = (sourced("búp tươi, 880 kg"), process(["búp tươi, 880 kg"], ["chè khô, 184 kg"]))
PACKED = (*DRIED, packed(["chè khô, 180 kg"], ["gói 200 g, 900 gói"]))


def labelled(count, *events, runs=(), voids=(), **fields):
    known = facts(
        *events, rulebook=RULES, planned_labels=count, label_runs=tuple(runs), label_voids=tuple(voids), **fields
    )
    return only(mass_balance, known)


def test_no_more_labels_than_packs():
    assert labelled(900, *PACKED).code == "mass-balance-ok"
    exceeded = labelled(901, *PACKED)
    assert exceeded.data == {
        "kind": "labels",
        "lot": LOT,
        "goods": "tem",
        "unit": "tem",
        "claimed": 901.0,
        "most": 900.0,
        "planned": 901,
    }


def test_labels_of_all_runs_count_together_less_those_void():
    runs = [label_run(500), label_run(400, first=501), label_run(1000, lot=OTHER_LOT)]
    assert labelled(0, *PACKED, runs=runs).code == "mass-balance-ok"
    assert labelled(1, *PACKED, runs=runs).code == "mass-balance-exceeded"
    spoilt = LabelVoidFact(LOT, 900, 2000, "hỏng", source())
    assert labelled(1, *PACKED, runs=runs, voids=[spoilt]).code == "mass-balance-ok"
    assert labelled(2, *PACKED, runs=runs, voids=[spoilt]).code == "mass-balance-exceeded"


@pytest.mark.parametrize(
    ("voids", "left"),
    [
        ([(1, 10)], 90),
        ([(1, 10), (5, 12)], 88),
        ([(5, 12), (1, 10)], 88),
        ([(1, 10), (2, 3)], 90),
        ([(95, 205)], 94),
        ([(101, 200)], 100),
        ([(1, 500)], 0),
    ],
)
def test_an_item_voided_twice_counts_once(voids, left):
    spoilt = tuple(LabelVoidFact(LOT, first, last, "hỏng", source()) for first, last in voids)
    elsewhere = LabelVoidFact(OTHER_LOT, 1, 100, "hỏng", source())
    known = facts(label_runs=(label_run(60), label_run(40, first=61)), label_voids=(*spoilt, elsewhere))
    assert labels_in_use(known, LOT) == left


def test_ten_million_labels_are_counted_without_counting_them_one_by_one():
    known = facts(
        label_runs=(label_run(10_000_000_000),), label_voids=(LabelVoidFact(LOT, 1, 9_999_999_999, "x", source()),)
    )
    assert labels_in_use(known, LOT) == 1


def test_packs_beyond_the_last_output_get_no_labels():
    short = (*DRIED, packed([], ["gói 200 g, 1000 gói"]))
    known = facts(*short, rulebook=RULES, planned_labels=921)
    assert [one.data["most"] for one in findings(mass_balance, known)] == [920.0]


def test_goods_of_the_last_kind_are_added_up_over_all_batches():
    second = process(["búp tươi, 400 kg"], ["chè khô, 92 kg"])
    first = process(["búp tươi, 400 kg"], ["chè khô, 92 kg"])
    packs = packed(["chè khô, 184 kg"], ["gói 200 g, 920 gói"])
    assert labelled(920, sourced("búp tươi, 880 kg"), first, second, packs).code == "mass-balance-ok"


def test_what_packing_took_straight_from_another_lot_is_there_to_pack():
    packs = packed(["chè khô, 180 kg", goods("chè khô, 20 kg", from_lot=OTHER_LOT)], ["gói 200 g, 1000 gói"])
    assert labelled(1000, *SOURCE_LOT, *DRIED, packs).code == "mass-balance-ok"


def test_work_done_after_packing_is_not_there_to_pack():
    later = event("PROCESS", "2026-10-20", inputs=["chè khô, 4 kg"], outputs=["chè vụn, 1 kg"])
    assert labelled(900, *PACKED, later).code == "mass-balance-ok"


def test_before_packing_the_lots_own_quantity_bounds_its_labels():
    claimed = a_lot(quantity=600, unit="gói")
    assert labelled(600, *DRIED, lot=claimed).code == "mass-balance-ok"
    assert labelled(601, *DRIED, lot=claimed).code == "mass-balance-exceeded"
    by_weight = a_lot(quantity=120, unit="kg")
    assert labelled(600, *DRIED, lot=by_weight).code == "mass-balance-ok"
    assert labelled(601, *DRIED, lot=by_weight).code == "mass-balance-exceeded"


def test_without_a_count_the_last_output_alone_bounds_labels():
    assert labelled(920, *DRIED).code == "mass-balance-ok"
    assert labelled(921, *DRIED).data["most"] == 920.0


def test_labels_with_nothing_to_compare_with_are_unknown():
    assert labelled(10).data == {"unknown": ["tem"]}
    assert labelled(10, *DRIED, product=product(net_value=None)).data == {"unknown": ["tem"]}
    counted = a_lot(quantity=5, unit="l")
    assert labelled(10, lot=counted).data == {"unknown": ["tem"]}
    bare = a_lot(quantity=5)
    assert labelled(10, lot=bare).code == "mass-balance-exceeded"


def test_packs_in_a_measure_that_does_not_divide_leave_the_other_bound():
    litres = (*DRIED, packed([], ["chè nước, 5 l"]))
    assert labelled(921, *litres).data["most"] == 920.0


def test_a_lot_with_no_figures_at_all_is_unknown():
    assert judged().data == {"unknown": []}


def test_without_a_lot_there_is_nothing_to_add_up_and_time_changes_nothing():
    assert codes(mass_balance, facts(lot=None)) == []
    assert list(mass_balance.moments(facts())) == []


def test_a_lot_whose_record_cannot_be_read_is_still_added_up():
    exceeded = only(mass_balance, facts(process(["a, 1 kg"], ["b, 2 kg"]), sourced("a, 1 kg"), lot=None))
    assert (exceeded.code, exceeded.who) == ("mass-balance-exceeded", None)


# Goods in other hands


def sent(amount, to=OTHER_PRODUCER, **more):
    return event("SHIP", "2026-10-10", inputs=[f"chè khô, {amount} kg"], restricted=True, to=to, **more)


def received(amount, by=OTHER_PRODUCER, **more):
    return event("RECEIVE", "2026-10-11", outputs=[f"chè khô, {amount} kg"], by=by, restricted=True, **more)


def made_of(amount, into=THIRD_LOT):
    return mixing(amount, into=into, from_lot=LOT, by=OTHER_PRODUCER)


def seen_from(lot, *events):
    """Judged for another lot, which took goods from this one."""
    mine = tuple(one for one in events if one.event.lot == lot)
    known = {LOT: a_lot(), lot: a_lot(id=lot, lot="L3")}
    return findings(mass_balance, facts(*events, events=mine, lot=a_lot(id=lot, lot="L3"), lots=known, rulebook=RULES))


def test_what_was_sent_and_received_is_the_receivers_and_counts_once():
    known = (*DRIED, sent(100), received(100), made_of(100))
    assert judged(*known, lots={LOT: a_lot()}).code == "mass-balance-ok"
    assert [one.code for one in seen_from(THIRD_LOT, *known)] == ["mass-balance-ok"]


def test_a_lot_sent_twice_is_more_than_there_was():
    twice = judged(*DRIED, sent(100), sent(100, to="https://id.example.vn/id/shop"), lots={LOT: a_lot()})
    assert (twice.code, twice.data) == (
        "mass-balance-exceeded",
        {"kind": "goods", "lot": LOT, "goods": "chè khô", "unit": "kg"},
    )


def test_what_was_sent_to_others_is_no_receivers_share():
    known = (*DRIED, sent(100), sent(50, to="https://id.example.vn/id/shop"), received(100), made_of(101))
    assert [one.code for one in seen_from(THIRD_LOT, *known)] == ["mass-balance-exceeded"]


def test_whoever_uses_more_than_it_received_answers_for_it_alone():
    known = (*DRIED, sent(100), received(90), made_of(95))
    assert judged(*known, lots={LOT: a_lot()}).code == "mass-balance-ok"
    assert [one.code for one in seen_from(THIRD_LOT, *known)] == ["mass-balance-exceeded"]


def test_nobody_holds_more_than_was_sent_to_it_however_much_it_counted():
    known = (*DRIED, sent(100), received(150), made_of(120))
    assert judged(*known, lots={LOT: a_lot()}).code == "mass-balance-ok"
    assert [one.code for one in seen_from(THIRD_LOT, *known)] == ["mass-balance-exceeded"]


def test_goods_that_came_back_are_their_producers_again():
    back = event("SHIP", "2026-10-12", inputs=["chè khô, 100 kg"], by=OTHER_PRODUCER, restricted=True, to=PRODUCER)
    known = (
        *DRIED,
        sent(184),
        received(184),
        back,
        received(100, by=PRODUCER),
        process(["chè khô, 100 kg"], ["chè vụn, 99 kg"]),
    )
    assert judged(*known, lots={LOT: a_lot()}).code == "mass-balance-ok"


def test_what_a_holder_sells_of_anothers_lot_is_no_fault_of_that_lot():
    sold = event("SELL", "2026-10-12", inputs=["chè khô, 500 kg"], by=OTHER_PRODUCER)
    assert judged(*DRIED, sent(100), received(100), sold, lots={LOT: a_lot()}).code == "mass-balance-ok"


def test_received_goods_are_not_there_to_pack_a_second_time():
    known = (*DRIED, sent(184), received(184), packed([], ["gói 200 g, 1900 gói"]))
    exceeded = findings(mass_balance, facts(*known, rulebook=RULES, planned_labels=921, lots={LOT: a_lot()}))
    assert [one.data["most"] for one in exceeded if one.data["kind"] == "labels"] == [920.0]


def test_the_stock_of_a_lot_tells_what_is_left_in_whose_hands():
    known = facts(*DRIED, sent(100), received(90), lots={LOT: a_lot()}, rulebook=RULES)
    left = {(one.holder, one.goods): one.left.in_unit(one.unit) for one in stocks(known, [LOT])}
    assert left == {("", "búp tươi"): 0.0, ("", "chè khô"): 84.0, (OTHER_PRODUCER, "chè khô"): 90.0}
