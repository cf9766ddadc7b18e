"""How long trades are held: each, on average, and those that make the profit."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.errors import InputError
from schemas.instants import instant_text, parse_instant
from tests.rules.kit import ENGINES, START, Journal
from tests.rules.samples import ruleset


def hold(threshold="120", **params):
    return {"id": "hold", "family": "hold_time", "threshold_s": threshold, **params}


class Trades:
    """Trades one after the other, each held for so many nanoseconds, with its result."""

    def __init__(self, rule, **phase):
        self.journal = Journal(ruleset(rule, **phase)).open("a")
        self.now = parse_instant(START) + 10**9

    def add(self, held_ns, result="1"):
        self.journal.buy("a", "UNIT", "1", "1", at=instant_text(self.now))
        self.now += held_ns
        at = instant_text(self.now)
        self.journal.sell("a", "UNIT", "1", "1", at=at, realized_pnl=result)
        self.now += 10**9
        return self

    def run(self, engine):
        return self.journal.run(engine)


S = 10**9


@pytest.mark.parametrize(
    ("comparator", "held_ns", "breached"),
    [
        ("gt", 120 * S - 1, True),
        ("gt", 120 * S, False),
        ("gt", 120 * S + 1, False),
        ("gte", 120 * S, True),
        ("gte", 120 * S + 1, False),
    ],
)
def test_trade_when_held_around_the_threshold_must_reach_it(engine, comparator, held_ns, breached):
    run = Trades(hold(comparator=comparator)).add(held_ns).run(engine)
    assert run.rules_breached() == (["hold"] if breached else [])


def test_breach_when_a_trade_is_short_shows_its_times(engine):
    made = Trades(hold()).add(30 * S, "7").run(engine).breach("hold")
    assert (made["metric"], made["observed"], made["floor"]) == ("seconds_missing", "90", "0")
    facts = made["evidence"]["facts"]
    assert (facts["position_id"], facts["held_s"], facts["result"]) == ("UNIT", "30", "7")


def test_trades_when_several_are_short_are_strikes_each(engine):
    trades = Trades(hold(breach_kind="flag", strikes_to_hard="3"))
    for held in (10, 10, 200, 10):
        trades.add(held * S)
    kinds = [made["breach_kind"] for made in trades.run(engine).of("breach")]
    assert kinds == ["flag", "flag", "hard"]


def test_trade_when_closed_in_parts_lasts_to_its_end(engine):
    trades = Trades(hold())
    trades.journal.buy("a", "UNIT", "2", "1", at="2024-03-05T10:01:00Z")
    trades.journal.sell("a", "UNIT", "1", "1", at="2024-03-05T10:01:05Z")
    trades.journal.sell("a", "UNIT", "1", "1", at="2024-03-05T10:03:00Z")
    assert trades.run(engine).rules_breached() == []


@pytest.mark.parametrize(
    ("short", "longer", "breached"), [("500", "500", False), ("500.01", "499.99", True)]
)
def test_share_when_from_longer_trades_is_too_small_is_broken(engine, short, longer, breached):
    rule = hold(min_share_from_longer="0.5", min_trades="2")
    run = Trades(rule).add(60 * S, short).add(120 * S, longer).run(engine)
    assert run.rules_breached() == (["hold"] if breached else [])
    if not breached:
        assert (run.rule("hold")["floor"], run.rule("hold")["room"]) == ("500", "0")


def test_share_when_nothing_was_won_is_not_judged(engine):
    run = Trades(hold(min_share_from_longer="0.5")).add(60 * S, "-5").run(engine)
    assert run.rules_breached() == []
    assert run.rule("hold")["floor"] is None


def test_losses_when_only_winners_count_take_nothing_away(engine):
    for profit, breached in (("winning", False), ("net", True)):
        rule = hold(min_share_from_longer="0.5", min_trades="3", profit=profit)
        trades = Trades(rule).add(60 * S, "400").add(200 * S, "500").add(200 * S, "-300")
        assert bool(trades.run(engine).rules_breached()) == breached


@pytest.mark.parametrize(
    ("comparator", "second_ns", "breached"),
    [
        ("gt", 180 * S, False),
        ("gt", 180 * S - 1, True),
        ("gte", 180 * S, True),  # the average must be above
        ("gte", 180 * S + 1, False),
    ],
)
def test_average_when_around_the_minimum_follows_the_comparator(
    engine, comparator, second_ns, breached
):
    rule = hold(min_average_s="120", min_trades="2", comparator=comparator)
    run = Trades(rule).add(60 * S).add(second_ns).run(engine)
    assert run.rules_breached() == (["hold"] if breached else [])


def test_tally_when_of_a_payout_period_begins_anew(engine):
    for period, breached in (("phase", True), ("payout", False)):
        rule = hold(min_share_from_longer="0.5", period=period, min_trades="2")
        trades = Trades(rule).add(60 * S, "900")
        trades.journal.adjust("a", "payout", "1", at=instant_text(trades.now))
        trades.add(200 * S, "500").add(200 * S, "1")
        assert bool(trades.run(engine).rules_breached()) == breached


def test_flag_when_the_share_stays_is_said_once_a_session(engine):
    trades = Trades(hold(min_share_from_longer="0.5", breach_kind="flag")).add(60 * S, "9")
    trades.add(60 * S, "9").journal.clock(at="2024-03-06T12:00:00Z")
    days = [made["ts"][:10] for made in trades.run(engine).of("breach")]
    assert days == ["2024-03-05", "2024-03-06"]


@pytest.mark.parametrize(
    ("params", "path"),
    [
        ({"min_share_from_longer": "0.5", "min_average_s": "1"}, "min_average_s"),
        ({"min_share_from_longer": "1.1"}, "min_share_from_longer"),
        ({"threshold_s": None}, "threshold_s"),
        ({"profit": "gross"}, "profit"),
        ({"period": "month"}, "period"),
    ],
)
def test_parameters_when_wrong_name_the_field(params, path):
    with pytest.raises(InputError) as caught:
        Journal(ruleset(hold() | params))
    assert caught.value.path == f"phases.0.rules.0.{path}"


@given(st.lists(st.tuples(st.integers(1, 240), st.integers(-50, 50)), min_size=1, max_size=6))
@settings(max_examples=25)
def test_share_when_any_trades_were_made_is_that_of_the_longer_ones(made):
    trades = Trades(hold(min_share_from_longer="0.5", breach_kind="flag", strikes_to_hard="99"))
    for held, result in made:
        trades.add(held * S, str(result))
    runs = [trades.run(engine) for engine in ENGINES.values()]
    assert runs[0].lines == runs[1].lines
    won = [(held, max(0, result)) for held, result in made]
    longer = sum(result for held, result in won if held >= 120)
    total = sum(result for _, result in won)
    rule = runs[0].rule("hold")
    if not total:
        assert rule["room"] is None
    else:
        assert Decimal(rule["floor"]) * 2 == total
        assert (Decimal(rule["room"]) < 0) == (longer * 2 < total)
