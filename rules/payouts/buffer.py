"""A buffer, or safety net: profit that must stay in the account when something is withdrawn.

    safety net = initial + drawdown + extra

>>> safety_net(Decimal(50000), Decimal(2500), Decimal(100))
Decimal('52600')

Source: catalogue section 12, "Buffer".
"""

from decimal import Decimal

from rules.payouts.amount import lowest_cap
from schemas.money import ZERO


def safety_net(initial: Decimal, drawdown: Decimal, extra: Decimal = ZERO) -> Decimal:
    """Return the balance below which nothing may be withdrawn."""
    return initial + drawdown + extra


def available(balance: Decimal, net: Decimal, cap: Decimal | None = None) -> Decimal:
    """Return the most that may be withdrawn above the net.

    >>> available(Decimal(53000), Decimal(52000), Decimal(1250))
    Decimal('1000')
    """
    free = max(ZERO, balance - net)
    bound = lowest_cap(free, cap)
    assert bound is not None
    return bound


def balance_for(cap: Decimal, net: Decimal) -> Decimal:
    """Return the least balance from which the whole cap may be withdrawn."""
    return net + cap
