"""The trader's share, where it is not one figure: by number of payout, by profit, or by tiers.

Source: catalogue section 12, "Split ladders".
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from rules.payouts.amount import portion
from schemas.money import ZERO


class Tier(NamedTuple):
    """From ``start`` on (money, or a share), the trader has ``share``."""

    start: Decimal
    share: Decimal


def share_of_payout(ladder: Sequence[Decimal], number: int) -> Decimal:
    """Return the share of the ``number``-th payout (from 1); the last one stays.

    >>> [share_of_payout([Decimal("0.8"), Decimal("0.9")], number) for number in (1, 2, 3)]
    [Decimal('0.8'), Decimal('0.9'), Decimal('0.9')]
    """
    return ladder[min(number, len(ladder)) - 1]


def share_at(tiers: Sequence[Tier], reached: Decimal) -> Decimal:
    """Return the share of the highest tier reached; touching it is enough.

    >>> tiers = [Tier(ZERO, Decimal("0.8")), Tier(Decimal("0.2"), Decimal("0.9"))]
    >>> share_at(tiers, Decimal("0.2"))
    Decimal('0.9')
    """
    return [tier.share for tier in tiers if tier.start <= reached][-1]


def tiered_split(tiers: Sequence[Tier], amount: Decimal, paid_before: Decimal = ZERO) -> Decimal:
    """Return the trader's part when each slice of all that was ever paid has its own share.

    All of the first 10,000 and 90 % beyond, after 8,000 were paid:

    >>> tiers = [Tier(ZERO, Decimal(1)), Tier(Decimal(10000), Decimal("0.9"))]
    >>> tiered_split(tiers, Decimal(5000), Decimal(8000))
    Decimal('4700.00000000')
    """
    ends: list[Decimal | None] = [*(tier.start for tier in tiers[1:]), None]
    total, paid = ZERO, paid_before + amount
    for tier, end in zip(tiers, ends, strict=True):
        top = paid if end is None else min(paid, end)
        total += portion(tier.share, max(ZERO, top - max(tier.start, paid_before)))
    return total
