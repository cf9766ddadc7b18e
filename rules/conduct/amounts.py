"""What size and risk rules measure: sizes, values and losses of positions, exact.

Values are in account currency, each rounded half-even to the unit once, per position. A position
whose conversion rate is not known yet counts 0 (and the account is ``unpriced``).

Source: contract section 2, "Money" and "Prices".
"""

from collections.abc import Iterable, Mapping
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
    return by(
        (symbol, position.qty * factor(weights, symbol))
        for position in scene.positions.values()
        if chosen(symbols, symbol := position.instrument.symbol)
    )


def factor(
    factors: Mapping[str, Decimal] | None, symbol: str, otherwise: Decimal = _ONE
) -> Decimal:
    """Return the factor of the pattern that fits a symbol best."""
    pattern = best(factors or (), symbol)
    return factors[pattern] if factors and pattern is not None else otherwise


def worth(value: Valuation) -> Decimal:
    """Return what a position is worth at its mark, unrounded; before any tick at its open price."""
    position, mark = value.position, value.mark
    if not value.priced:
        return ZERO
    amount = position.cost
    if mark is not None:
        amount = value_of(position.instrument, position.qty, mark.price)
    if value.conversion is not None and value.rate is not None:
        amount = convert(amount, value.conversion, value.rate)
    return amount


def notional(value: Valuation) -> Decimal:
    """Return what a position is worth at its mark, in units."""
    return round_unit(worth(value))


def notionals(scene: Scene, symbols: tuple[str, ...] | None) -> dict[str, Decimal]:
    """Return what every position the rule is about is worth, by position id."""
    return {
        value.position.id: notional(value)
        for value in scene.values
        if chosen(symbols, value.position.instrument.symbol)
    }


def by(values: Iterable[tuple[str, Decimal]]) -> dict[str, Decimal]:
    """Add up amounts of the same name."""
    sums: dict[str, Decimal] = {}
    for name, amount in values:
        sums[name] = sums.get(name, ZERO) + amount
    return sums


def largest(amounts: Mapping[str, Decimal]) -> Decimal:
    """Return the largest amount, not below 0."""
    return max(amounts.values(), default=ZERO).max(ZERO)


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
