"""Chains of overlapping trades: what they lost together."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.rules.conduct_kit import agreed, flagged, hedged, observed, rule
from tests.rules.kit import Journal
from tests.rules.samples import ruleset

NAME = "trade_chain"


def chain(*rules, trades):
    """Tell trades of (name, symbol, opened, closed, result); hours are of one day."""
    journal = hedged(*(rules or (rule(NAME, pct="0.03"),)), balance="100000")
    moments = [(closed, 0, name, symbol, result) for name, symbol, _, closed, result in trades]
    moments += [(opened, 1, name, symbol, "0") for name, symbol, opened, _, _ in trades]
    for hour, opens, name, symbol, result in sorted(moments):
        at = f"2024-03-05T{hour}:00Z"
        if opens:
            journal.buy("a", symbol, "1", "1", position_id=name, at=at)
        else:
            journal.sell("a", symbol, "1", "1", position_id=name, realized_pnl=result, at=at)
    return journal.look("a")


@pytest.mark.parametrize(
    ("comparator", "result", "breached"),
    [
        ("gt", "-999.99999999", False),
        ("gt", "-1000", False),
        ("gt", "-1000.00000001", True),
        ("gte", "-999.99999999", False),
        ("gte", "-1000", True),
    ],
)
def test_loss_when_around_the_limit_follows_the_comparator(engine, comparator, result, breached):
    trades = [("p", "UNIT", "11:00", "13:00", "-2000"), ("q", "UNIT", "12:00", "12:30", result)]
    run = chain(rule(NAME, pct="0.03", comparator=comparator), trades=trades).run(engine)
    assert run.rules_breached() == ([NAME] if breached else [])


@pytest.mark.parametrize(
    ("trades", "losses"),
    [
        # One after another, touching: no overlap.
        ([("p", "UNIT", "11:00", "12:00", "-9"), ("q", "UNIT", "12:00", "13:00", "-8")], "9 8"),
        # Another symbol overlaps nothing.
        ([("p", "UNIT", "11:00", "13:00", "-9"), ("q", "COIN", "12:00", "12:30", "-8")], "8 9"),
        # The third bridges the first two.
        (
            [
                ("p", "UNIT", "11:00", "12:00", "-9"),
                ("q", "UNIT", "13:00", "14:00", "-8"),
                ("r", "UNIT", "11:30", "15:00", "-1"),
            ],
            "9 8 18",
        ),
        # A gain makes a chain no worse; a bridge may.
        (
            [
                ("p", "UNIT", "11:00", "12:00", "-9"),
                ("q", "UNIT", "11:30", "13:00", "5"),
                ("r", "UNIT", "12:30", "14:00", "-6"),
            ],
            "9 10",
        ),
    ],
)
def test_chain_when_trades_overlap_or_not_is_what_they_lost_together(engine, trades, losses):
    run = chain(flagged(NAME, amount="0.01"), trades=trades).run(engine)
    assert [made["observed"] for made in run.of("breach")] == losses.split()


def test_evidence_when_a_chain_breaks_shows_it_and_what_stands_apart(engine):
    trades = [
        ("early", "UNIT", "10:30", "11:30", "-1"),
        ("p", "UNIT", "12:00", "13:00", "-2"),
        ("long", "UNIT", "10:45", "16:00", "0"),
        ("q", "UNIT", "14:00", "15:00", "-3"),
    ]
    made = chain(flagged(NAME, amount="2.5"), trades=trades).run(engine).of("breach")
    facts = made[0]["evidence"]["facts"]
    assert (facts["symbol"], facts["trades"], facts["loss"]) == ("UNIT", 1, "3")
    assert [other["loss"] for other in facts["apart"]] == ["1", "2"]
    assert made[1]["evidence"]["facts"]["trades"] == 4


def test_winners_when_they_offset_nothing_are_left_out(engine):
    trades = [("p", "UNIT", "11:00", "13:00", "-9"), ("q", "UNIT", "12:00", "14:00", "5"),
              ("r", "UNIT", "13:30", "15:00", "-9")]  # fmt: skip
    for total, losses in (("net", ["9", "13"]), ("losses_only", ["9", "18"])):
        run = chain(flagged(NAME, amount="0.01", sum=total), trades=trades).run(engine)
        assert [made["observed"] for made in run.of("breach")] == losses


def test_standing_when_nothing_can_join_a_chain_forgets_it(engine):
    trades = [("p", "UNIT", "11:00", "13:00", "-9")]
    open_still = [*trades, ("q", "UNIT", "12:00", "14:00", "0")]
    assert observed(chain(trades=trades).run(engine), NAME) == "0"
    journal = chain(trades=trades)
    assert journal.run(engine).rule(NAME)["floor"] == "3000"
    half = chain(trades=open_still)
    half.entries = half.entries[:-2]  # neither the close of q nor the look
    assert observed(half.look("a").run(engine), NAME) == "9"


def test_chain_when_migrated_is_not_forgotten(engine):
    plans = [ruleset(flagged(NAME, amount="10"), ref=f"plan@{version}") for version in (1, 2)]
    journal = Journal(*plans).open("a", position_mode="hedging")
    for name in ("p", "q"):
        journal.buy("a", "UNIT", "1", "1", position_id=name)
    journal.sell("a", "UNIT", "1", "1", position_id="p", realized_pnl="-6")
    journal.act("a", "migrate", ruleset="plan@2")
    journal.sell("a", "UNIT", "1", "1", position_id="q", realized_pnl="-6")
    assert journal.run(engine).breach(NAME)["observed"] == "12"


@given(
    st.lists(
        st.tuples(st.integers(0, 40), st.integers(1, 20), st.integers(-9, 9)),
        min_size=1,
        max_size=6,
    ),
)
def test_chains_when_told_trade_by_trade_are_those_of_all_at_once(spans):
    trades = [
        (f"p{index}", "UNIT", f"{11 + start // 10}:{start % 10 * 6:02}",
         f"{11 + (start + length) // 10}:{(start + length) % 10 * 6:02}", str(result))
        for index, (start, length, result) in enumerate(spans)
    ]  # fmt: skip
    # A trade over everything, in no one's favour, makes one chain of all that is closed by then.
    trades.append(("all", "UNIT", "10:30", "19:00", "-1"))
    run = agreed(chain(flagged(NAME, amount="0.01"), trades=trades))
    total = 1 - sum(result for *_, result in spans)
    last = run.of("breach")[-1] if run.of("breach") else None
    if last is not None and last["evidence"]["facts"]["trades"] == len(trades):
        assert Decimal(last["observed"]) == total
    else:
        assert total <= max(_losses(spans))


def _losses(spans):
    """What each component of the graph of overlaps lost."""
    groups = []
    for start, length, result in sorted(spans):
        if groups and start < groups[-1][0]:
            groups[-1] = (max(groups[-1][0], start + length), groups[-1][1] - result)
        else:
            groups.append((start + length, -result))
    return [max(0, lost) for _, lost in groups]
