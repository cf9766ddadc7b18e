"""How accounts grow: scaling plans, targets that rise payout by payout, and merged accounts.

Source: catalogue section 12, "Account scaling", "growing target ladder".
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Literal, NamedTuple

from rules.payouts.amount import portion


class ScalingPlan(NamedTuple):
    """A step of growth, once per cycle of an account that has earned it.

    Attributes:
        step: what an account grows by, as a share of ``base``.
        base: ``original`` grows linearly, ``current`` compounds.
        cap: no account grows beyond it.
        min_profit: profit of the cycle, as a share of the account's size, that a step needs.
        strict: exactly ``min_profit`` is not enough.
        min_payouts: payouts within the cycle that a step needs.
        min_months: since the last step (or the start).
    """

    step: Decimal
    base: Literal["original", "current"] = "original"
    cap: Decimal | None = None
    min_profit: Decimal = Decimal(0)
    strict: bool = False
    min_payouts: int = 0
    min_months: int = 0

    def grown(self, original: Decimal, size: Decimal) -> Decimal:
        """Return the size after a step.

        >>> ScalingPlan(Decimal("0.25")).grown(Decimal(400000), Decimal(500000))
        Decimal('600000.00000000')
        """
        grown = size + portion(self.step, original if self.base == "original" else size)
        return grown if self.cap is None else max(size, min(grown, self.cap))

    def earned(self, size: Decimal, profit: Decimal, payouts: int = 0, months: int = 0) -> bool:
        """Tell whether a cycle has earned a step."""
        needed = portion(self.min_profit, size)
        enough = profit > needed if self.strict else profit >= needed
        return enough and payouts >= self.min_payouts and months >= self.min_months


def required_balances(
    initial: Decimal, shares: Sequence[Decimal], paid: Sequence[Decimal]
) -> list[Decimal]:
    """Return the balance each payout of a ladder needs, each from what the one before left.

    >>> shares = [Decimal("0.06"), Decimal("0.05")]
    >>> [int(balance) for balance in required_balances(Decimal(50000), shares, [Decimal(1500)])]
    [53000, 54075]
    """
    balances = [initial + portion(shares[0], initial)]
    for number, amount in enumerate(paid, 1):
        left = balances[-1] - amount
        balances.append(left + portion(shares[min(number, len(shares) - 1)], left))
    return balances


def merged(accounts: Sequence[tuple[Decimal, Decimal]]) -> Decimal:
    """Return what one account starts with that takes the place of several (size, balance).

    All their balances together, but no more than the largest of their sizes:

    >>> merged([(Decimal(150000), Decimal(50000)), (Decimal(50000), Decimal(25000))])
    Decimal('75000')
    """
    total = sum((balance for _, balance in accounts), Decimal(0))
    return min(total, max(size for size, _ in accounts))
