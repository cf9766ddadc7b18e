"""Opposite positions: in a symbol, in a group, for long enough."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.errors import InputError
from schemas.instants import instant_text, parse_instant
from tests.rules.kit import ENGINES, Journal
from tests.rules.samples import ruleset

AT = "2024-03-05T10:00:00Z"


def hedge(**params):
    return {"id": "hedge", "family": "hedging", **params}


def flagged(**params):
    return hedge(breach_kind="flag", strikes_to_hard="99", **params)


def opened(rule):
    return Journal(ruleset(rule), start="2024-03-05T09:00:00Z").open("a", position_mode="hedging")


def position(journal, side, name, symbol="UNIT", at=None):
    return journal.fill("a", side, symbol, "1", "1", position_id=name, at=at)


@pytest.mark.parametrize(("second", "breached"), [("sell", True), ("buy", False)])
def test_positions_when_opposite_in_one_symbol_are_a_hedge(engine, second, breached):
    run = position(position(opened(hedge()), "buy", "p"), second, "q").run(engine)
    assert run.rules_breached() == (["hedge"] if breached else [])
    if breached:
        made = run.breach("hedge")
        assert (made["metric"], made["observed"], made["floor"]) == ("opposite_pairs", "1", "0")
        (pair,) = made["evidence"]["facts"]["pairs"]
        assert (pair["long"], pair["short"]) == ("p", "q")


@pytest.mark.parametrize(
    ("closed", "breached"),
    [
        ("2024-03-05T10:00:59.999999999Z", False),
        ("2024-03-05T10:01:00Z", True),
        ("2024-03-05T10:01:00.000000001Z", True),
    ],
)
def test_overlap_when_around_the_minimum_is_a_hedge_from_it_on(engine, closed, breached):
    journal = position(opened(hedge(min_overlap_s="60")), "buy", "p")
    position(journal, "sell", "q", at=AT)
    run = position(journal, "buy", "q", at=closed).run(engine)
    assert run.rules_breached() == (["hedge"] if breached else [])
    if breached:
        assert run.breach("hedge")["ts"] == "2024-03-05T10:01:00Z"


@pytest.mark.parametrize(
    ("groups", "symbol", "breached"),
    [
        ([], "GBPUSD", False),
        ([["EURUSD", "GBPUSD"]], "GBPUSD", True),
        ([["EUR*", "COIN"]], "COIN", True),
        ([["EUR*", "COIN"]], "GBPUSD", False),
    ],
)
def test_group_when_configured_counts_as_one_instrument(engine, groups, symbol, breached):
    journal = position(opened(hedge(groups=groups)), "buy", "p", "EURUSD")
    run = position(journal, "sell", "q", symbol).run(engine)
    assert run.rules_breached() == (["hedge"] if breached else [])


def test_netting_account_when_reversed_has_no_hedge(engine):
    journal = Journal(ruleset(hedge())).open("a", position_mode="netting")
    run = journal.buy("a", "UNIT", "1", "1").sell("a", "UNIT", "2", "1").run(engine)
    assert run.rules_breached() == []


def test_pair_when_said_is_not_said_again_but_the_next_one_is(engine):
    journal = position(position(opened(flagged()), "buy", "p"), "sell", "q")
    position(journal, "sell", "r").tick("UNIT", "1")
    assert len(journal.run(engine).of("breach")) == 1
    position(journal, "buy", "q")  # closes it; `p` and `r` are the pair now
    pairs = [
        made["evidence"]["facts"]["pairs"][0]["short"] for made in journal.run(engine).of("breach")
    ]
    assert pairs == ["q", "r"]


def test_symbols_when_exempt_may_be_hedged(engine):
    journal = position(position(opened(hedge(exempt="UNIT")), "buy", "p"), "sell", "q")
    assert journal.run(engine).rules_breached() == []


def test_account_when_migrated_gives_a_pair_the_time_of_a_new_one(engine):
    plans = ruleset(), ruleset(hedge(min_overlap_s="60"), ref="plan@2")
    journal = Journal(*plans, start="2024-03-05T09:00:00Z").open("a", position_mode="hedging")
    position(position(journal, "buy", "p"), "sell", "q")
    journal.act("a", "migrate", ruleset="plan@2", at=AT)
    position(journal, "buy", "other", "COIN", at="2024-03-05T10:00:30Z")
    run = journal.clock(at="2024-03-05T11:00:00Z").run(engine)
    assert run.breach("hedge")["ts"] == "2024-03-05T10:01:00Z"


@pytest.mark.parametrize(
    ("params", "path"),
    [({"groups": [[]]}, "groups.0"), ({"min_overlap_s": "-1"}, "min_overlap_s")],
)
def test_parameters_when_wrong_name_the_field(params, path):
    with pytest.raises(InputError) as caught:
        Journal(ruleset(hedge(**params)))
    assert caught.value.path == f"phases.0.rules.0.{path}"


@given(
    st.lists(
        st.tuples(st.sampled_from(["buy", "sell"]), st.integers(0, 100), st.integers(1, 80)),
        max_size=4,
    ),
    st.integers(1, 60),
)
@settings(max_examples=30)
def test_pairs_when_any_positions_overlap_are_broken_if_two_sides_do_so_long_enough(held, least):
    start = parse_instant(AT)
    moves = sorted(
        [(begin, 1, place, side) for place, (side, begin, _) in enumerate(held)]
        + [(begin + last, 0, place, side) for place, (side, begin, last) in enumerate(held)]
    )
    journal = opened(flagged(min_overlap_s=str(least)))
    for second, opens, place, side in moves:
        way = side if opens else {"buy": "sell", "sell": "buy"}[side]
        position(journal, way, f"p{place}", at=instant_text(start + second * 10**9))
    runs = [journal.run(engine) for engine in ENGINES.values()]
    assert runs[0].lines == runs[1].lines
    overlaps = [
        min(a[1] + a[2], b[1] + b[2]) - max(a[1], b[1])
        for a in held
        for b in held
        if (a[0], b[0]) == ("buy", "sell")
    ]
    assert bool(runs[0].of("breach")) == any(overlap >= least for overlap in overlaps)
