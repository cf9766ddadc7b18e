"""Open positions: exact cost, value at a mark, and what a close realises.

Source: contract section 2, "Money".
"""

from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from typing import NamedTuple

from rules.reference.market import Mark, Market, Tick, convert
from schemas.instruments import Conversion, Instrument
from schemas.money import round_unit

ZERO = Decimal(0)
_LINEAR_UNIT = Decimal("1E-8")
_INVERSE_UNIT = Decimal("1E-12")


@dataclass(slots=True)
class Position:
    """One open position. ``cost`` is exact, in the P/L currency; side is +1 long, −1 short.

    ``opened_at`` is the effective instant of its opening fill, ns; ``traded`` all that was opened.
    """

    id: str
    instrument: Instrument
    side: int
    qty: Decimal
    cost: Decimal
    opened_day: int
    opened_at: int
    traded: Decimal = ZERO
    notional: Decimal = ZERO
    result: Decimal = ZERO
    stop_loss: Decimal | None = None
    take_profit: Decimal | None = None


class Valuation(NamedTuple):
    """A position's floating P/L in account currency, and all that went into it."""

    position: Position
    mark: Mark | None
    conversion: Conversion | None
    rate: Tick | None
    priced: bool
    pnl: Decimal


def value_of(instrument: Instrument, qty: Decimal, price: Decimal) -> Decimal:
    """Return what ``qty`` is worth at ``price``, in the P/L currency.

    Linear: exact. Inverse: rounded half-even to 10⁻¹² of the base currency.
    """
    if instrument.kind == "linear":
        return price * qty * instrument.contract_size
    value = qty * instrument.contract_size / price
    return value.quantize(_INVERSE_UNIT, rounding=ROUND_HALF_EVEN)


def gain(instrument: Instrument, side: int, value: Decimal, cost: Decimal) -> Decimal:
    """Return the P/L from ``cost`` to ``value``; an inverse contract gains as its value falls."""
    return side * (value - cost if instrument.kind == "linear" else cost - value)


def cost_removed(position: Position, closed: Decimal) -> Decimal:
    """Return the part of the cost that leaves with ``closed`` of the held quantity."""
    if closed == position.qty:
        return position.cost
    unit = _LINEAR_UNIT if position.instrument.kind == "linear" else _INVERSE_UNIT
    share = position.cost * closed / position.qty
    return share.quantize(unit, rounding=ROUND_HALF_EVEN)


def valuate(position: Position, market: Market, currency: str) -> Valuation:
    """Value an open position in account ``currency``, rounded half-even to the unit, once.

    Before any tick of its instrument a position is marked at its open price, so its P/L is 0; an
    unknown conversion rate counts it as 0 too and leaves it unpriced.
    """
    instrument = position.instrument
    mark = market.mark(instrument, position.side)
    conversion, rate, priced = conversion_now(instrument, market, currency)
    if mark is None or not priced:
        return Valuation(position, mark, conversion, rate, priced, ZERO)
    value = value_of(instrument, position.qty, mark.price)
    pnl = gain(instrument, position.side, value, position.cost)
    if conversion is not None and rate is not None:
        pnl = convert(pnl, conversion, rate)
    return Valuation(position, mark, conversion, rate, priced, round_unit(pnl))


def conversion_now(
    instrument: Instrument, market: Market, currency: str
) -> tuple[Conversion | None, Tick | None, bool]:
    """Return how the P/L currency becomes ``currency``, the tick to use, and if it is known."""
    if instrument.pnl_currency == currency:
        return None, None, True
    conversion = instrument.conversion_for(currency)
    rate = None if conversion is None else market.rate_tick(conversion)
    return conversion, rate, rate is not None
