"""Which sums of prices a conduct rule compares, so that ticks far from them need no look.

A rule that a tick can break gives *bounds*: nothing can be said about it while every one of its
sums stays above its level. The fast engine then looks at the account when one is reached, and the
rule itself decides there, in exact decimals. A bound reached too early costs a look, one reached
too late would be a defect; so levels are chosen with a little to spare for rounding.

    sum = Σ (pnl × floating P/L + notional × value at the mark)   over positions, account currency
"""

from collections.abc import Iterable
from decimal import ROUND_CEILING, Decimal
from typing import TYPE_CHECKING, NamedTuple

from schemas.money import UNIT

if TYPE_CHECKING:
    from rules.reference.positions import Position

ONE = Decimal(1)
ZERO = Decimal(0)


class Term(NamedTuple):
    """What a position adds: ``pnl`` times its floating P/L, ``notional`` times its value."""

    position: "Position"
    pnl: Decimal = ZERO
    notional: Decimal = ZERO


class Bound(NamedTuple):
    """Nothing happens while the sum of the terms stays above ``level`` (account currency)."""

    terms: tuple[Term, ...]
    level: Decimal


def bound(terms: Iterable[Term], level: Decimal) -> Bound:
    """Return a bound whose level allows for the rounding of every position to the unit.

    Each P/L and each value is rounded once, so a sum of them differs from the sum of the rounded
    combinations by less than the weights and one, in units.
    """
    kept = tuple(terms)
    spare = sum((abs(term.pnl) + abs(term.notional) + ONE for term in kept), ONE)
    return Bound(kept, level + spare.to_integral_value(ROUND_CEILING) * UNIT)
