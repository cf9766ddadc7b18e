"""Profit made around news counts in part only, losses in full, when the payout cycle ends.

    counted = Σ result × factor        (factor 1 outside the windows)

The balance is corrected by an adjustment (``counted`` − result), never by editing history.

Source: catalogue section 9, "News".
"""

from collections.abc import Iterable
from decimal import Decimal
from typing import NamedTuple

from rules.payouts.amount import portion
from schemas.money import ZERO

_ONE = Decimal(1)


class NewsTerms(NamedTuple):
    """What counts of a result in a window before and after an event (seconds, both included)."""

    before_s: int
    after_s: int
    profit_factor: Decimal
    loss_factor: Decimal = _ONE

    def touches(self, event_s: int, *fills_s: int) -> bool:
        """Tell whether any fill of an order lies in the window: then all of the order does.

        >>> NewsTerms(300, 300, Decimal("0.4")).touches(1000, 100, 1300)
        True
        """
        return any(event_s - self.before_s <= at <= event_s + self.after_s for at in fills_s)

    def counted(self, results: Iterable[tuple[Decimal, bool]]) -> Decimal:
        """Return what counts of results, each with whether it was made in a window.

        >>> terms = NewsTerms(300, 300, Decimal("0.4"))
        >>> terms.counted([(Decimal(10000), False), (Decimal(3000), True)])
        Decimal('11200.00000000')
        """
        return sum((self._counts(result, news=news) for result, news in results), ZERO)

    def _counts(self, result: Decimal, *, news: bool) -> Decimal:
        if not news:
            return result
        return portion(self.profit_factor if result > 0 else self.loss_factor, result)
