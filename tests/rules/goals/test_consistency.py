"""Contract section 2, "Passing": the share of the best day, or trade, in the total."""

import pytest

from tests.rules.kit import Journal
from tests.rules.samples import consistency, ruleset, target

DAYS = [f"2024-03-{day:02}T00:00:00Z" for day in range(6, 20)]


def won(journal, *results):
    """Win (or lose) so much a day, and end each day."""
    for result, midnight in zip(results, DAYS, strict=False):
        journal.earn("a", result).clock(at=midnight)
    return journal


def opened(share, *more, **params):
    return Journal(ruleset(goals=[consistency(share, **params), *more])).open("a")


NEVER = target(amount="1000000")


@pytest.mark.parametrize(
    ("share", "comparator", "results", "shown"),
    [
        ("0.4", "lte", ("4000", "3000", "3000"), ("0.4", True)),  # exactly 40% passes
        ("0.4", "lte", ("4000.00000001", "3000", "3000"), ("0.4", False)),
        ("0.4", "lt", ("4000", "3000", "3000"), ("0.4", False)),
        ("0.5", "lt", ("2000", "2000"), ("0.5", False)),
        ("0.5", "lt", ("2000", "2001"), ("0.50012497", False)),  # the best is 2001 now
        ("0.5", "lt", ("2000", "1001", "1000"), ("0.49987503", True)),  # 2000 of 4001
        ("0.5", "lte", ("3000", "-1000", "3000"), ("0.6", False)),  # losing days are in the total
        ("0.6", "lte", ("3000", "-1000", "3000"), ("0.6", True)),
        ("1", "lte", ("100",), ("1", True)),
        ("1", "lte", ("100", "-0.00000001"), ("1", False)),
        ("1", "lte", ("100", "-100"), (None, False)),  # nothing in total: not met
        ("1", "lte", ("-100",), (None, False)),
        ("1", "lte", ("-100", "50"), (None, False)),
    ],
)
def test_share_when_days_have_ended_is_best_of_total(engine, share, comparator, results, shown):
    run = won(opened(share, NEVER, comparator=comparator), *results).run(engine)
    goal = run.goal("best")
    assert (goal["value"], goal["met"]) == shown
    assert goal["needed"] == share


def test_share_when_the_day_has_not_ended_is_that_of_the_last_boundary(engine):
    journal = won(opened("0.5", NEVER), "100", "100").earn("a", "900")
    assert journal.run(engine).goal("best")["value"] == "0.5"


@pytest.mark.parametrize(
    ("reason", "amount", "value"),
    [
        ("fee", "50", "0.66666667"),  # 100 of 150
        ("funding", "-50", "0.66666667"),
        ("funding", "100", "0.66666667"),  # 200 of 300
        ("deposit", "50", "0.5"),
        ("payout", "50", "0.5"),
        ("correction", "50", "0.5"),
    ],
)
def test_day_when_the_balance_is_adjusted_takes_fees_and_funding_only(
    engine, reason, amount, value
):
    journal = won(opened("0.5", NEVER), "100").earn("a", "100").adjust("a", reason, amount)
    assert journal.clock(at=DAYS[1]).run(engine).goal("best")["value"] == value


def test_phase_when_it_has_a_share_by_day_passes_only_at_a_boundary_of_its_session(engine):
    """Target and share are met in mid-session already."""
    journal = won(opened("0.6", target(amount="300")), "100", "100").earn("a", "100")
    assert journal.run(engine).of("phase.passed") == []
    (passed,) = journal.clock(at=DAYS[2]).run(engine).of("phase.passed")
    assert passed["ts"] == DAYS[2]
    assert passed["goals"] == [
        {"id": "best", "family": "consistency", "value": "0.33333333"},
        {"id": "target", "family": "profit_target", "value": "300"},
    ]


def test_phase_when_only_a_rules_own_session_ends_does_not_pass_by_day(engine):
    rule = {"id": "own", "family": "daily_loss", "amount": "9000", "reset_time": "12:00"}
    document = ruleset(rule, goals=[consistency("1")])
    journal = Journal(document).open("a").earn("a", "100")
    journal.clock(at="2024-03-05T12:00:00Z")
    assert journal.run(engine).of("phase.passed") == []
    journal.clock(at=DAYS[0])
    assert journal.run(engine).of("phase.passed")[0]["ts"] == DAYS[0]


def test_share_when_the_position_is_open_at_the_boundary_waits_for_the_next(engine):
    journal = opened("1").earn("a", "100").buy("a", "UNIT", "1", "1", position_id="p")
    journal.clock(at=DAYS[0]).sell("a", "UNIT", "1", "1", position_id="p")
    assert journal.run(engine).of("phase.passed") == []
    assert journal.clock(at=DAYS[1]).run(engine).of("phase.passed")[0]["ts"] == DAYS[1]


def test_share_by_trade_when_trades_close_is_known_at_once(engine):
    journal = opened("0.5", NEVER, scope="trade").earn("a", "100").earn("a", "100")
    assert journal.run(engine).goal("best")["value"] == "0.5"
    journal = opened("0.5", scope="trade").earn("a", "100").earn("a", "100")
    assert journal.run(engine).moves() == ["active>passed"]


def test_trade_when_closed_in_parts_is_one_with_all_its_costs(engine):
    """100 + 50 − 3 − 2 + 5 − 10 = 140, then a trade of 140."""
    journal = (
        opened("0.5", NEVER, scope="trade")
        .buy("a", "UNIT", "1", "100", commission="3")
        .buy("a", "UNIT", "1", "100", commission="2")
        .sell("a", "UNIT", "1", "200", swap="5")
        .sell("a", "UNIT", "1", "150", commission="10")
    )
    assert journal.run(engine).goal("best")["value"] == "1"
    run = journal.buy("a", "UNIT", "1", "10").sell("a", "UNIT", "1", "150").run(engine)
    assert run.goal("best")["value"] == "0.5"
    assert run.goal("best")["met"]


def test_trade_when_still_open_counts_nothing(engine):
    journal = opened("1", NEVER, scope="trade").buy("a", "UNIT", "2", "100")
    run = journal.sell("a", "UNIT", "1", "300").run(engine)
    assert run.goal("best")["value"] is None


def test_trade_when_reversed_takes_the_fills_costs_into_the_one_it_closes(engine):
    """The first trade wins 100 − 20 = 80; the rest of the reversal then wins 80."""
    run = (
        opened("0.5", NEVER, scope="trade")
        .buy("a", "UNIT", "1", "100")
        .sell("a", "UNIT", "2", "200", commission="20")
        .buy("a", "UNIT", "1", "120")
        .run(engine)
    )
    assert (run.goal("best")["value"], run.goal("best")["met"]) == ("0.5", True)
