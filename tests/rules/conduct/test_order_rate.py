"""How much an account may send within a while."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.errors import InputError
from schemas.instants import instant_text, parse_instant
from tests.rules.kit import ENGINES, Journal
from tests.rules.samples import ruleset

AT = "2024-03-05T10:00:00Z"


def rate(most="3", **params):
    return {"id": "rate", "family": "order_rate", "max_count": most, **params}


def flagged(most="3", **params):
    return rate(most, breach_kind="flag", strikes_to_hard="99", **params)


def opened(rule):
    return Journal(ruleset(rule), start="2024-03-05T09:00:00Z").open("a")


def order(journal, name, kind="placed", at=None, **fields):
    placed = {"symbol": "UNIT", "side": "buy", "qty": "1", "order_type": "market"}
    more = placed if kind == "placed" else fields
    return journal.event(f"order.{kind}", account_id="a", order_id=name, at=at, **more)


def placed(rule, *ats):
    journal = opened(rule)
    for place, at in enumerate(ats):
        order(journal, f"o{place}", at=at)
    return journal


@pytest.mark.parametrize(
    ("comparator", "orders", "breached"), [("gt", 3, False), ("gt", 4, True), ("gte", 3, True)]
)
def test_orders_when_around_the_limit_follow_the_comparator(engine, comparator, orders, breached):
    run = placed(rate(comparator=comparator), *[AT] * orders).run(engine)
    assert run.rules_breached() == (["rate"] if breached else [])
    if breached:
        made = run.breach("rate")
        assert (made["metric"], made["observed"], made["floor"]) == ("count", str(orders), "3")
        assert made["evidence"]["facts"] == {"counts": "orders", "per": "day"}


@pytest.mark.parametrize(
    ("per", "last", "breached"),
    [
        ("second", "2024-03-05T10:00:00.999999999Z", True),
        ("second", "2024-03-05T10:00:01Z", False),
        ("minute", "2024-03-05T10:00:59.999999999Z", True),
        ("minute", "2024-03-05T10:01:00Z", False),
        ("hour", "2024-03-05T10:59:59.999999999Z", True),
        ("hour", "2024-03-05T11:00:00Z", False),
        ("day", "2024-03-05T23:59:59.999999999Z", True),
        ("day", "2024-03-06T00:00:00Z", False),  # a new session
    ],
)
def test_period_when_over_lets_the_count_begin_anew(engine, per, last, breached):
    run = placed(rate(per=per), AT, AT, AT, last).run(engine)
    assert run.rules_breached() == (["rate"] if breached else [])


@pytest.mark.parametrize(
    ("counts", "count"),
    [("orders", 2), ("modifications", 2), ("positions", 2), ("fills", 4), ("messages", 5)],
)
def test_events_when_of_the_kind_that_counts_are_counted(engine, counts, count):
    """Two orders, a change, a cancellation; a fill that opens, one that adds, a reversal, a close;
    a stop."""
    for most, breached in ((count - 1, True), (count, False)):
        journal = order(order(opened(rate(str(most), counts=counts)), "o"), "o2")
        order(journal, "o", "modified", qty="2")
        order(journal, "o", "cancelled")
        journal.buy("a", "UNIT", "1", "1").buy("a", "UNIT", "1", "1")
        journal.event("position.protected", account_id="a", symbol="UNIT", stop_loss="0.5")
        journal.sell("a", "UNIT", "3", "1").buy("a", "UNIT", "1", "1")
        assert bool(journal.run(engine).rules_breached()) == breached


def test_violation_when_said_is_not_said_again_in_the_period(engine):
    run = placed(flagged(per="minute"), *[AT] * 6).run(engine)
    assert len(run.of("breach")) == 1
    run = placed(flagged(), *[AT] * 9, *["2024-03-06T10:00:00Z"] * 4).run(engine)
    assert [made["ts"][:10] for made in run.of("breach")] == ["2024-03-05", "2024-03-06"]


def test_nothing_when_nothing_is_allowed_is_fine(engine):
    assert opened(rate("0")).look("a").run(engine).rules_breached() == []
    assert placed(rate("0"), AT).run(engine).rules_breached() == ["rate"]


@pytest.mark.parametrize(
    ("params", "path"),
    [({"max_count": "-1"}, "max_count"), ({"per": "week"}, "per"), ({"counts": "x"}, "counts")],
)
def test_parameters_when_wrong_name_the_field(params, path):
    with pytest.raises(InputError) as caught:
        Journal(ruleset(rate() | params))
    assert caught.value.path == f"phases.0.rules.0.{path}"


@given(st.lists(st.integers(0, 90), max_size=12), st.integers(1, 4))
@settings(max_examples=25)
def test_orders_when_sent_at_will_break_the_limit_if_so_many_come_within_a_minute(waits, most):
    now, times = parse_instant(AT), []
    for wait in waits:
        now += wait * 10**9
        times.append(now)
    journal = placed(rate(str(most), per="minute"), *map(instant_text, times))
    runs = [journal.run(engine) for engine in ENGINES.values()]
    assert runs[0].lines == runs[1].lines
    minute = 60 * 10**9
    crowded = any(
        sum(later - minute < each <= later for each in times[: place + 1]) > most
        for place, later in enumerate(times)
    )
    assert bool(runs[0].rules_breached()) == crowded
