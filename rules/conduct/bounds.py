"""Which sums of prices a conduct rule compares, so that ticks far from them need no look.

A rule that a tick can break gives *bounds*: nothing can be said about it while every one of its
sums stays above its level. The fast engine then looks at the account when one is reached, and the
rule itself decides there, in exact decimals. A bound reached too early costs a look, one reached
too late would be a defect; so levels are chosen with a little to spare for rounding.

    sum = Σ (pnl × floating P/L + notional × value at the mark)   over positions, account currency
"""

from collections.abc import Iterable, Sequence
from decimal import ROUND_CEILING, Decimal
from typing import TYPE_CHECKING, NamedTuple

from schemas.money import UNIT

if TYPE_CHECKING:
    from rules.conduct.scene import Scene
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


class Limit(NamedTuple):
    """What a rule allows: an amount, or a multiple of the account's equity."""

    amount: Decimal = ZERO
    of_equity: Decimal = ZERO


class Group(NamedTuple):
    """What is measured: an amount no price moves, and what each position adds to it."""

    terms: tuple[Term, ...]
    constant: Decimal = ZERO


def within(groups: Iterable[Group], limit: Limit, scene: "Scene", part: Decimal) -> list[Bound]:
    """Return the bounds that hold while every group measures less than ``part`` of the limit.

    measured < part × limit is turned into a sum of prices that stays above a level.
    """
    factor = part * limit.of_equity
    moved = [Term(position, pnl=factor) for position in scene.positions.values()] if factor else []
    allowed = part * limit.amount + factor * scene.standing.balance
    return [
        bound(
            _joined([*moved, *(Term(one, -pnl, -notional) for one, pnl, notional in group.terms)]),
            group.constant - allowed,
        )
        for group in groups
    ]


def losses_of(positions: "Iterable[Position]") -> tuple[Term, ...]:
    """Return the floating loss of positions, winners set against losers."""
    return tuple(Term(position, pnl=-ONE) for position in positions)


def losing_alone(positions: "Sequence[Position]") -> list[tuple[Term, ...]]:
    """Return sums of which the largest is what the losing ones of some positions lose together.

    Positions of one symbol and direction begin to lose one after the other as the price goes
    against them, so the losing ones are always the first few in that order.
    """
    if len({(held.instrument.symbol, held.side) for held in positions}) > 1:
        raise ValueError("positions of one symbol and direction lose in one order, others do not")
    ordered = sorted(positions, key=_break_even, reverse=bool(positions) and positions[0].side > 0)
    return [losses_of(ordered[:count]) for count in range(1, len(ordered) + 1)]


def _break_even(position: "Position") -> Decimal:
    size = position.qty * position.instrument.contract_size
    if not position.cost:
        return ZERO if position.instrument.kind == "linear" else Decimal("Infinity")
    return position.cost / size if position.instrument.kind == "linear" else size / position.cost


def _joined(terms: Iterable[Term]) -> list[Term]:
    """Return one term for each position."""
    sums: dict[str, Term] = {}
    for term in terms:
        before = sums.get(term.position.id, Term(term.position))
        sums[term.position.id] = Term(
            term.position, before.pnl + term.pnl, before.notional + term.notional
        )
    return list(sums.values())
