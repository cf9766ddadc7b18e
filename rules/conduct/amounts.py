"""What size and risk rules measure: sizes, values and losses of positions, exact.

Values are in account currency, each rounded half-even to the unit once, per position. A position
whose conversion rate is not known yet counts 0 (and the account is ``unpriced``).

Source: contract section 2, "Money" and "Prices".
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from rules.conduct.common import Measure
from rules.conduct.limits import best, chosen
from rules.conduct.scene import Scene
from rules.reference.market import convert
from rules.reference.positions import ZERO, Valuation, value_of
from schemas.money import round_unit, text

_ONE = Decimal(1)


def against(observed: Decimal, limit: Decimal, facts: Mapping[str, Any]) -> Measure | None:
    """Return a measure; None where nothing is held and nothing is allowed."""
    return Measure(observed, limit, facts) if observed or limit > 0 else None


def sizes(
    scene: Scene, symbols: tuple[str, ...] | None, weights: Mapping[str, Decimal] | None = None
) -> dict[str, Decimal]:
    """Return the quantity held by symbol, long and short added, weighted."""
    held: dict[str, Decimal] = {}
    for position in scene.positions.values():
        symbol = position.instrument.symbol
        if chosen(symbols, symbol):
            pattern = best(weights, symbol) if weights else None
            weight = weights[pattern] if weights and pattern else _ONE
            held[symbol] = held.get(symbol, ZERO) + position.qty * weight
    return held


def notional(value: Valuation) -> Decimal:
    """Return what a position is worth at its mark, before any tick at its open price."""
    position, mark = value.position, value.mark
    if not value.priced:
        return ZERO
    worth = position.cost
    if mark is not None:
        worth = value_of(position.instrument, position.qty, mark.price)
    if value.conversion is not None and value.rate is not None:
        worth = convert(worth, value.conversion, value.rate)
    return round_unit(worth)


def base(name: str, scene: Scene) -> Decimal:
    """Return what a share is of."""
    if name == "initial":
        return scene.initial
    return scene.standing.balance if name == "balance" else scene.standing.equity


def share(factor: Decimal, whole: Decimal) -> Decimal:
    """Return ``factor × whole`` rounded half-even to the unit; 0 of nothing and of less."""
    return max(ZERO, round_unit(factor * whole))


def allowed(params: Any, scene: Scene) -> Decimal:
    """Return a limit that is an amount, or a share of its base."""
    if params.amount is not None:
        return Decimal(params.amount)
    return share(params.pct, base(params.pct_base, scene))


def texts(amounts: Mapping[str, Decimal]) -> dict[str, str]:
    """Return amounts as the evidence shows them."""
    return {name: text(amount) for name, amount in amounts.items()}
