"""Whether a payout may be asked for at all: what has to be so, and what is still missing.

Source: catalogue section 12, "Gate".
"""

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Literal, NamedTuple

Comparator = Literal["gte", "gt"]


class Terms(NamedTuple):
    """What a firm asks for; None (0, False) asks nothing."""

    days_since_first_trade: int = 0
    min_profit: Decimal | None = None
    comparator: Comparator = "gte"
    winning_days: int = 0
    trading_days: int = 0
    flat: bool = False
    no_orders: bool = False


class Record(NamedTuple):
    """What an account has to show on the day of the request."""

    first_trade: date
    today: date
    profit: Decimal
    winning_days: int = 0
    trading_days: int = 0
    open_positions: int = 0
    pending_orders: int = 0


def earliest_request(first_trade: date, days: int) -> date:
    """Return the first day on which a payout may be asked for, calendar days being counted.

    >>> earliest_request(date(2024, 4, 1), 14).isoformat()
    '2024-04-15'
    """
    return first_trade + timedelta(days=days)


def reaches(amount: Decimal, threshold: Decimal, comparator: Comparator) -> bool:
    """Tell whether an amount is enough; exactly the threshold is under ``gte`` alone."""
    return amount > threshold if comparator == "gt" else amount >= threshold


def missing(terms: Terms, record: Record) -> list[str]:
    """Return the names of the terms that are not met, in the order they are written.

    >>> record = Record(date(2024, 4, 1), date(2024, 4, 14), Decimal(5), open_positions=1)
    >>> missing(Terms(days_since_first_trade=14, min_profit=Decimal(5), flat=True), record)
    ['days_since_first_trade', 'flat']
    """
    first = earliest_request(record.first_trade, terms.days_since_first_trade)
    enough = terms.min_profit is None or reaches(record.profit, terms.min_profit, terms.comparator)
    met: Mapping[str, bool] = {
        "days_since_first_trade": record.today >= first,
        "min_profit": enough,
        "winning_days": record.winning_days >= terms.winning_days,
        "trading_days": record.trading_days >= terms.trading_days,
        "flat": not (terms.flat and record.open_positions),
        "no_orders": not (terms.no_orders and record.pending_orders),
    }
    return [name for name, holds in met.items() if not holds]
