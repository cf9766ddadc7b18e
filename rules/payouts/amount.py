"""How much is paid: the profit, a cap and the trader's share, in the firm's order.

    cap then split    withdrawn = min(profit, cap)    trader = share × withdrawn
    split then cap    withdrawn = profit              trader = min(share × profit, cap)

A loss pays nothing. What is withdrawn leaves the balance; the part of it that is not the
trader's is the firm's.

>>> cap_then_split(Decimal(15000), Decimal(14000), Decimal("0.8")).trader
Decimal('11200.00000000')
>>> split_then_cap(Decimal(15000), Decimal(10000), Decimal("0.8"))
Payout(withdrawn=Decimal('15000'), trader=Decimal('10000'))

Source: catalogue section 12, "Order of cap and split".
"""

from decimal import Decimal
from typing import NamedTuple

from schemas.money import EXACT, ZERO, round_unit


class Payout(NamedTuple):
    """What leaves the balance, and the trader's part of it."""

    withdrawn: Decimal
    trader: Decimal

    @property
    def firm(self) -> Decimal:
        """The firm's part."""
        return self.withdrawn - self.trader


def portion(share: Decimal, amount: Decimal) -> Decimal:
    """Return a share of an amount, rounded half-even to the unit."""
    return round_unit(EXACT.multiply(share, amount))


def cap_then_split(profit: Decimal, cap: Decimal | None, share: Decimal) -> Payout:
    """Cap what is withdrawn, then split it; ``cap`` None is no cap."""
    withdrawn = _capped(max(profit, ZERO), cap)
    return Payout(withdrawn, portion(share, withdrawn))


def split_then_cap(profit: Decimal, cap: Decimal | None, share: Decimal) -> Payout:
    """Split the whole profit, then cap the trader's part; ``cap`` None is no cap."""
    withdrawn = max(profit, ZERO)
    return Payout(withdrawn, _capped(portion(share, withdrawn), cap))


def sweep(equity: Decimal, size: Decimal, share: Decimal) -> Payout:
    """Withdraw all above the account's size, so that it is back there, and split it.

    >>> sweep(Decimal(104000), Decimal(100000), Decimal("0.7")).withdrawn
    Decimal('4000')
    """
    return cap_then_split(equity - size, None, share)


def lowest_cap(*caps: Decimal | None) -> Decimal | None:
    """Return the cap that binds when several apply: of the balance, of the size, in money."""
    return min((cap for cap in caps if cap is not None), default=None)


def after_breach(balance: Decimal, initial: Decimal, share: Decimal, *, kept: bool) -> Payout:
    """Pay a share of what an ended account still had won, if its trader ``kept`` the conditions.

    >>> after_breach(Decimal(107000), Decimal(100000), Decimal("0.5"), kept=True).trader
    Decimal('3500.00000000')
    """
    return cap_then_split(balance - initial if kept else ZERO, None, share)


def _capped(amount: Decimal, cap: Decimal | None) -> Decimal:
    return amount if cap is None else min(amount, cap)
