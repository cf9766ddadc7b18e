"""A stop within seconds of the opening fill: the deadline, strikes, cures, orders that protect."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.errors import InputError
from schemas.instants import SECOND, instant_text, parse_instant
from tests.rules.kit import ENGINES, Journal
from tests.rules.samples import ruleset

OPENED = "2024-03-05T10:00:00Z"
DEADLINE = "2024-03-05T10:05:00Z"


def sl(within="300", **params):
    return {"id": "sl", "family": "mandatory_sl", "within_s": within, **params}


def flagged(**params):
    return sl(breach_kind="flag", **params)


def opened(rule, **more):
    return Journal(ruleset(rule)).open("a").buy("a", "UNIT", "1", "100", at=OPENED, **more)


def protected(journal, at, stop="90", **more):
    named = more or {"symbol": "UNIT"}
    return journal.event("position.protected", account_id="a", at=at, stop_loss=stop, **named)


def order(journal, at, kind="placed", **fields):
    placed = {"symbol": "UNIT", "side": "sell", "qty": "1", "order_type": "stop", "price": "90"}
    more = placed | fields if kind == "placed" else fields
    return journal.event(f"order.{kind}", account_id="a", order_id="o", at=at, **more)


@pytest.mark.parametrize(
    ("at", "breached"),
    [
        ("2024-03-05T10:04:59.999999999Z", False),
        (DEADLINE, True),  # the timer comes before every input of its instant
        ("2024-03-05T10:05:00.000000001Z", True),
    ],
)
def test_stop_when_around_the_deadline_is_in_time_only_before_it(engine, at, breached):
    run = protected(opened(sl()), at).clock(at="2024-03-05T11:00:00Z").run(engine)
    assert run.rules_breached() == (["sl"] if breached else [])


def test_breach_when_made_is_dated_at_the_deadline_and_names_the_position(engine):
    run = opened(sl()).tick("UNIT", "100", at="2024-03-05T10:30:00Z").run(engine)
    made = run.breach("sl")
    assert made["ts"] == DEADLINE
    assert (made["metric"], made["observed"], made["floor"]) == ("positions_without_stop", "1", "0")
    assert made["evidence"]["entry"]["kind"] == "timer"
    assert made["evidence"]["facts"]["positions"] == [
        {
            "position_id": "UNIT",
            "symbol": "UNIT",
            "qty": "1",
            "opened_at": OPENED,
            "deadline": DEADLINE,
        }
    ]
    assert run.moves() == ["active>breached"]


@pytest.mark.parametrize(("stop", "breached"), [({}, True), ({"stop_loss": "90"}, False)])
def test_stop_when_asked_for_at_execution_must_come_with_the_fill(engine, stop, breached):
    run = opened(sl("0"), **stop).run(engine)
    assert run.rules_breached() == (["sl"] if breached else [])
    if breached:
        assert run.breach("sl")["evidence"]["entry"]["kind"] == "event"


def test_stop_when_removed_before_the_deadline_leaves_the_old_deadline(engine):
    journal = protected(opened(sl()), "2024-03-05T10:01:00Z")
    journal = protected(journal, "2024-03-05T10:04:00Z", None)
    run = journal.clock(at="2024-03-05T10:20:00Z").run(engine)
    assert run.breach("sl")["ts"] == DEADLINE


def test_stop_when_removed_after_the_deadline_is_late_at_once(engine):
    journal = protected(opened(sl()), "2024-03-05T10:01:00Z")
    run = protected(journal, "2024-03-05T10:10:00Z", None).run(engine)
    assert run.breach("sl")["ts"] == "2024-03-05T10:10:00Z"


def test_stop_when_moved_is_a_stop(engine):
    journal = protected(opened(sl()), "2024-03-05T10:01:00Z")
    run = protected(journal, "2024-03-05T10:10:00Z", "80").clock(at="2024-03-06T00:00:00Z")
    assert run.run(engine).rules_breached() == []


def test_position_when_added_to_gets_no_new_time(engine):
    journal = opened(sl()).buy("a", "UNIT", "1", "100", at="2024-03-05T10:04:00Z")
    assert journal.clock(at="2024-03-05T10:06:00Z").run(engine).breach("sl")["ts"] == DEADLINE


def test_position_when_reversed_is_a_new_one(engine):
    journal = opened(sl()).sell("a", "UNIT", "3", "100", at="2024-03-05T10:04:00Z")
    run = journal.clock(at="2024-03-05T11:00:00Z").run(engine)
    assert run.breach("sl")["ts"] == "2024-03-05T10:09:00Z"


def test_position_when_closed_in_time_needs_no_stop(engine):
    journal = opened(sl()).sell("a", "UNIT", "1", "100", at="2024-03-05T10:04:59Z")
    assert journal.clock(at="2024-03-05T11:00:00Z").run(engine).rules_breached() == []


def test_strikes_when_counted_the_last_is_hard(engine):
    journal = Journal(ruleset(flagged(strikes_to_hard="3"))).open("a")
    for minute in (0, 10, 20):
        journal.buy("a", "UNIT", "1", "100", at=f"2024-03-05T10:{minute:02}:00Z")
        journal.sell("a", "UNIT", "1", "100", at=f"2024-03-05T10:{minute + 6:02}:00Z")
    run = journal.run(engine)
    assert [made["breach_kind"] for made in run.of("breach")] == ["flag", "flag", "hard"]
    assert [made["evidence"]["facts"]["strike"] for made in run.of("breach")] == [1, 2, 3]
    assert run.moves() == ["active>breached"]


def test_position_when_told_of_is_told_again_only_after_it_had_a_stop(engine):
    journal = opened(flagged(strikes_to_hard="9")).tick("UNIT", "99", at="2024-03-05T10:06:00Z")
    journal = protected(journal, "2024-03-05T10:07:00Z")
    journal = protected(journal, "2024-03-05T10:08:00Z", None).tick("UNIT", "98")
    run = journal.clock(at="2024-03-07T00:00:00Z").run(engine)
    assert [made["ts"] for made in run.of("breach")] == [DEADLINE, "2024-03-05T10:08:00Z"]


@pytest.mark.parametrize(
    ("cured_at", "breach_at"),
    [
        ("2024-03-05T11:04:59.999999999Z", None),
        ("2024-03-05T11:05:00Z", "2024-03-05T11:05:00Z"),
    ],
)
def test_cure_when_allowed_is_an_hour_after_a_warning(engine, cured_at, breach_at):
    journal = opened(sl(grace_s="3600", cures_allowed="1")).tick("UNIT", "99", at=DEADLINE)
    run = protected(journal, cured_at).run(engine)
    assert [(made["level"], made["ts"]) for made in run.of("warning")] == [("1", DEADLINE)]
    assert [made["ts"] for made in run.of("breach")] == ([breach_at] if breach_at else [])


def test_cure_when_used_up_is_not_given_again(engine):
    journal = opened(sl(grace_s="3600", cures_allowed="1"))
    journal = protected(journal, "2024-03-05T10:30:00Z")
    journal.buy("a", "COIN", "1", "100", at="2024-03-05T12:00:00Z")
    run = journal.clock(at="2024-03-06T00:00:00Z").run(engine)
    assert run.breach("sl")["ts"] == "2024-03-05T12:05:00Z"


@pytest.mark.parametrize(
    ("fields", "covers"),
    [
        ({}, True),
        ({"qty": "0.99999999"}, False),
        ({"side": "buy"}, False),
        ({"order_type": "limit"}, False),
        ({"symbol": "COIN"}, False),
    ],
)
def test_order_when_it_would_close_the_position_counts_if_it_may(engine, fields, covers):
    for counts in (True, False):
        journal = opened(sl(orders_count=counts))
        journal = order(journal, "2024-03-05T10:01:00Z", **fields)
        run = journal.clock(at="2024-03-05T11:00:00Z").run(engine)
        assert run.rules_breached() == ([] if covers and counts else ["sl"])


def test_order_when_outgrown_by_an_addition_has_time_to_grow(engine):
    journal = order(opened(sl(orders_count=True)), "2024-03-05T10:01:00Z")
    journal.buy("a", "UNIT", "1", "100", at="2024-03-05T12:00:00Z")
    run = journal.clock(at="2024-03-05T13:00:00Z").run(engine)
    assert run.breach("sl")["ts"] == "2024-03-05T12:05:00Z"


def test_order_when_cancelled_after_the_deadline_leaves_the_position_late(engine):
    journal = order(opened(sl(orders_count=True)), "2024-03-05T10:01:00Z")
    run = order(journal, "2024-03-05T10:30:00Z", "cancelled").run(engine)
    assert run.breach("sl")["ts"] == "2024-03-05T10:30:00Z"


def test_account_when_migrated_to_a_rule_gives_open_positions_its_time(engine):
    journal = Journal(ruleset(), ruleset(sl(), ref="plan@2")).open("a")
    journal.buy("a", "UNIT", "1", "100", at=OPENED)
    journal.act("a", "migrate", ruleset="plan@2", at="2024-03-05T12:00:00Z")
    run = journal.clock(at="2024-03-05T13:00:00Z").run(engine)
    assert run.breach("sl")["ts"] == "2024-03-05T12:05:00Z"


def test_account_when_migrated_with_the_rule_keeps_deadlines_that_run(engine):
    journal = Journal(ruleset(sl()), ruleset(sl("600"), ref="plan@2")).open("a")
    journal.buy("a", "UNIT", "1", "100", at=OPENED)
    journal.act("a", "migrate", ruleset="plan@2", at="2024-03-05T10:04:00Z")
    assert journal.clock(at="2024-03-05T13:00:00Z").run(engine).breach("sl")["ts"] == DEADLINE


@pytest.mark.parametrize(
    ("params", "path"),
    [
        ({"within_s": "-1"}, "within_s"),
        ({"within_s": "1.5"}, "within_s"),
        ({"orders_count": "yes"}, "orders_count"),
        ({"cures_allowed": "1"}, "cures_allowed"),
        ({"strikes_to_hard": "0"}, "strikes_to_hard"),
        ({"deadline_s": "3"}, "deadline_s"),
    ],
)
def test_parameters_when_wrong_name_the_field(params, path):
    with pytest.raises(InputError) as caught:
        Journal(ruleset(sl() | params))
    assert caught.value.path == f"phases.0.rules.0.{path}"


@given(
    st.integers(1, 20),
    st.lists(st.tuples(st.integers(1, 12), st.booleans()), max_size=6),
)
def test_position_when_stops_come_and_go_is_late_once_per_lapse(within, moves):
    """Late: without a stop at or after the deadline, which only the opening fill sets."""
    journal = Journal(ruleset(flagged(within=str(within), strikes_to_hard="100"))).open("a")
    start = parse_instant(OPENED)
    journal.buy("a", "UNIT", "1", "100", at=OPENED)
    now, bare, told, wanted, deadline = start, True, False, [], start + within * SECOND
    for wait, set_ in [*moves, (30, True)]:
        now += wait * SECOND
        if bare and not told and now >= deadline:
            wanted.append(deadline)
            told = True
        protected(journal, instant_text(now), "90" if set_ else None).tick("UNIT", "100")
        now += SECOND
        if set_:
            bare = told = False
        else:
            if not bare and now - SECOND >= deadline:
                wanted.append(now - SECOND)
                told = True
            bare = True
    runs = [journal.run(engine) for engine in ENGINES.values()]
    assert runs[0].lines == runs[1].lines
    assert [made["ts"] for made in runs[0].of("breach")] == [instant_text(ts) for ts in wanted]
