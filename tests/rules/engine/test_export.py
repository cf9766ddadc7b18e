"""What the kernel is told of an account, seen in which tick breaches: both engines, by hand."""

from rules.engine.evaluate import FastEngine
from rules.reference.engine import ReferenceEngine
from tests.rules.kit import Journal
from tests.rules.samples import drawdown, ruleset


def breach_of(journal, cuts=()):
    """The one breach of the drawdown rule, which the two engines tell in the same bytes."""
    fast, slow = (journal.run(engine, cuts=cuts) for engine in (FastEngine, ReferenceEngine))
    assert fast.lines == slow.lines
    found = fast.breach("max")
    return found["evidence"]["entry"]["bid"], found["observed"], found["floor"]


def long_after_payout(effect, **limit):
    """100 UNIT at 100 in an account of 10,000 that was paid 300."""
    rule = drawdown("trail_equity", comparator="lte", payout_effect=effect, **limit)
    journal = Journal(ruleset(rule)).tick("UNIT", "100").open("a").buy("a", "UNIT", "100", "100")
    return journal.adjust("a", "payout", "300")


def test_floor_when_a_payout_lowered_it_stands_that_much_lower_and_no_more():
    """10,000 − 1,000 − 300: touched at 90, and nothing touches it again."""
    journal = long_after_payout("lower_floor", amount="1000")
    journal.tick("UNIT", "90.01").tick("UNIT", "90").tick("UNIT", "95")
    assert breach_of(journal) == ("90", "8700", "8700")


def test_percent_allowance_when_a_payout_reduced_it_is_reduced_at_later_highs_too():
    """At a mark of 10,500 it is 1,050 − 300, so the floor is 9,750: touched at 100.5."""
    journal = long_after_payout("reduce_allowance", pct="0.1", pct_base="hwm")
    journal.tick("UNIT", "108").tick("UNIT", "100.51").tick("UNIT", "100.5").tick("UNIT", "108")
    assert breach_of(journal) == ("100.5", "9750", "9750")


def test_account_when_prices_outgrow_the_kernel_is_judged_tick_by_tick():
    """Short 300 million at 1: prepared for prices up to 8, and from then on for up to 72."""
    rule = drawdown(amount="2400000000", comparator="lte")
    journal = Journal(ruleset(rule)).tick("EURUSD", "1").open("a", "3000000000")
    journal.sell("a", "EURUSD", "3000", "1")
    for price in ("1.00001", "8.99999", "9", "1"):
        journal.tick("EURUSD", price)
    assert breach_of(journal, cuts=[4]) == ("9", "600000000", "600000000")
