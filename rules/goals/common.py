"""What goals are told about an account's days and trades, and what they answer."""

from decimal import ROUND_HALF_EVEN, Decimal
from typing import NamedTuple, Protocol

from rules.params import Params

RATIO_UNIT = Decimal("1E-8")
"""Shares and used parts are reported to eight decimals; no verdict depends on the rounding."""


class Trade(NamedTuple):
    """A closed round trip: a position from its opening fill to its full close.

    Days are the account's session numbers; money is in account currency. ``result`` is realised
    P/L − commission + swap of all its fills, ``notional`` what was opened, at its fill prices.
    ``side`` is +1 long, −1 short, ``qty`` all that was opened; instants are effective times, ns.
    """

    opened_day: int
    closed_day: int
    notional: Decimal
    result: Decimal
    symbol: str
    side: int
    qty: Decimal
    opened_at: int
    closed_at: int

    @property
    def within_a_day(self) -> bool:
        """Opened and closed in the same session."""
        return self.opened_day == self.closed_day


class Day(NamedTuple):
    """An ended session. ``result`` is realised P/L − commission + swap, fees and funding."""

    opened: bool
    held: bool
    result: Decimal
    trades: tuple[Trade, ...]


class Progress(NamedTuple):
    """How far a goal is: decimal texts, ``value`` is None while it is undefined."""

    value: str | None
    needed: str
    met: bool


class Goal(Protocol):
    """One goal of one account."""

    params: Params

    @property
    def gates_at_boundary(self) -> bool:
        """The phase can only pass at a boundary of the ruleset's session."""

    def end_day(self, day: Day) -> None:
        """Take an ended session into account."""

    def close_trade(self, trade: Trade) -> None:
        """Take a closed trade into account."""

    def progress(self, profit: Decimal) -> Progress:
        """Report, given the profit that counts for a target (account currency)."""


def ratio(part: Decimal, whole: Decimal) -> Decimal:
    """Return ``part / whole`` rounded half-even to eight decimals, for reports only."""
    return (part / whole).quantize(RATIO_UNIT, rounding=ROUND_HALF_EVEN)
