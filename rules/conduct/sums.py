"""The bounds of size and risk rules: which positions they add up, and what they allow.

See ``rules.conduct.bounds`` for what a bound is.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Literal

from rules.conduct.amounts import base, share
from rules.conduct.bounds import ONE, Bound, Group, Limit, Term, losing_alone, within
from rules.conduct.limits import Base, chosen
from rules.conduct.scene import Scene

if TYPE_CHECKING:
    from rules.reference.positions import Position


def concerned(scene: Scene, symbols: tuple[str, ...] | None) -> "list[Position]":
    """Return the positions a rule is about."""
    return [held for held in scene.positions.values() if chosen(symbols, held.instrument.symbol)]


def grouped(
    positions: "Sequence[Position]", group_by: Literal["position", "symbol", "account"]
) -> "list[list[Position]]":
    """Return positions in the groups that are measured together."""
    if group_by == "position":
        return [[held] for held in positions]
    groups: dict[str, list[Position]] = {}
    for held in positions:
        groups.setdefault(held.instrument.symbol if group_by == "symbol" else "", []).append(held)
    return list(groups.values())


def worth_of(positions: "Sequence[Position]") -> tuple[Term, ...]:
    """Return what positions are worth at their marks."""
    return tuple(Term(held, notional=ONE) for held in positions)


def limit_of(
    factor: Decimal | None, pct_base: Base, scene: Scene, amount: Decimal | None = None
) -> Limit:
    """Return a limit that is an amount, or ``factor`` times its base."""
    if amount is not None:
        return Limit(amount)
    assert factor is not None
    if pct_base == "equity":
        return Limit(of_equity=factor)
    return Limit(share(factor, base(pct_base, scene)))


def losing(
    positions: "Sequence[Position]", lost: Decimal, limit: Limit, scene: Scene, part: Decimal
) -> list[Bound]:
    """Return the bounds of what the losing ones of some positions lose, and ``lost`` already.

    Positions of several symbols or directions lose in no order. The largest of n losses is at
    least an n-th of their sum, so each is bounded by that: looks come early, never late.
    """
    if len({(held.instrument.symbol, held.side) for held in positions}) == 1:
        sums = losing_alone(positions)
    else:
        sums = [(Term(held, pnl=Decimal(-len(positions))),) for held in positions]
    return within([Group(terms, lost) for terms in sums], limit, scene, part)
