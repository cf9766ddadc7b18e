"""What goals are told about an account's days and trades, and what they answer."""

from collections.abc import Callable, Sequence
from decimal import ROUND_CEILING, ROUND_HALF_EVEN, Decimal
from typing import NamedTuple, Protocol

from rules.params import Params
from schemas.money import UNIT, ZERO, round_unit

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
    """An ended session. ``result`` is realised P/L − commission + swap, fees and funding.

    Attributes:
        number: of the session in the account's life, as ``Trade.opened_day`` counts them.
        floating: P/L of the positions open at its end; ``floating_before``: at its start.
        pnls: tells the P/L of each of them.
    """

    opened: bool
    held: bool
    result: Decimal
    trades: tuple[Trade, ...]
    number: int = 0
    floating: Decimal = ZERO
    floating_before: Decimal = ZERO
    pnls: Callable[[], Sequence[Decimal]] = tuple

    @property
    def open_losses(self) -> Decimal:
        """The losing part of ``floating`` alone, zero or below."""
        return sum((min(pnl, ZERO) for pnl in self.pnls()), ZERO)

    @property
    def equity_change(self) -> Decimal:
        """What the day did to equity; payments and corrections have no part in it."""
        return self.result + self.floating - self.floating_before


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
    return (part / whole).quantize(RATIO_UNIT, ROUND_HALF_EVEN)


def threshold_of(pct: Decimal | None, amount: Decimal | None, initial: Decimal) -> Decimal:
    """Return a threshold stated as an amount, or as a fraction of the initial balance."""
    if amount is not None:
        return amount
    assert pct is not None
    return round_unit(pct * initial)


def total_for(best: Decimal, max_share: Decimal) -> Decimal:
    """Return the least total of which ``best`` is no more than ``max_share``, whole units.

    >>> total_for(Decimal(1200), Decimal("0.4"))
    Decimal('3000.00000000')
    """
    return (best / max_share).quantize(UNIT, rounding=ROUND_CEILING)
