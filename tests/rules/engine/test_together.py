"""Accounts that are taken together, even where they are one: the same bytes as one by one."""

import pytest

from rules.engine.evaluate import FastEngine
from rules.reference.engine import ReferenceEngine
from tests.rules.kit import Journal
from tests.rules.samples import daily, drawdown, ruleset
from tests.rules.shapes import Shape

RULES = [
    drawdown("trail_equity", amount="1000", warn_at=["0.5", "0.8"]),
    daily(amount="800", reference="equity", warn_at=["0.5"], breach_kind="pause"),
]


def runs(journal):
    """Yield what each engine makes of it; a group of one is many to the fast one."""
    for engine in (FastEngine, ReferenceEngine):
        with Shape(64, 2, many=1).applied():
            yield journal.run(engine)


def opened(**accounts):
    """Open accounts that are long so many UNIT at 100."""
    journal = Journal(ruleset(*RULES))
    for item in journal.instruments:  # nobody waits for a first price
        journal.tick(item.symbol, "100", last="100")
    for account, quantity in accounts.items():
        journal.open(account).buy(account, "UNIT", quantity, "100")
    return journal


def test_stops_when_several_accounts_warn_and_breach_in_one_frame_are_each_at_its_own_tick():
    """The first of them stops last: whoever began again where it does would miss the others."""
    journal = opened(a="20", b="100", c="90", d="80")
    for price in ("99", "96", "95.5", "95", "94", "92", "91", "89", "88", "87", "95", "80"):
        journal.tick("UNIT", price)
    fast, slow = runs(journal)
    assert fast.lines == slow.lines
    breaches = [made for made in fast.of("breach") if made["rule"] == "max"]
    assert [(made["account_id"], made["evidence"]["entry"]["bid"]) for made in breaches] == [
        ("b", "89"),
        ("c", "88"),
        ("d", "87"),
    ]


def test_boundary_when_equity_rose_before_it_shows_the_raised_floor_and_judges_on():
    journal = opened(a="100", b="90")
    journal.tick("UNIT", "104").tick("UNIT", "103").tick("UNIT", "102", at="2024-03-06T00:00:00Z")
    for price in ("97", "94.5", "93.9", "93"):
        journal.tick("UNIT", price)
    fast, slow = runs(journal)
    assert fast.lines == slow.lines
    at_midnight = [made for made in fast.of("progress") if made["ts"] == "2024-03-06T00:00:00Z"]
    floors = [made["rules"][0]["floor"] for made in at_midnight]
    assert floors == ["9400", "9360"]  # 1,000 below 10,400 and 10,360
    assert fast.rules_breached("a") == ["daily", "max"]


@pytest.mark.parametrize("ends", ["2024-03-06T00:00:00Z", None])
def test_boundary_when_a_position_has_no_rate_says_so(ends):
    journal = opened(a="100", b="90").buy("a", "LOST", "1", "100")
    journal.tick("UNIT", "99", at=ends).clock("2024-03-07T01:00:00Z").tick("UNIT", "94")
    fast, slow = runs(journal)
    assert fast.lines == slow.lines
    assert fast.progress("a")["unpriced"] is True
    assert fast.progress("b")["unpriced"] is False
