"""An account of the reference engine as the kernel's columns: legs, rule rows, whole numbers.

Nothing is decided here. What cannot be said in the kernel's integers makes the account stay out of
it, and the reference then judges it tick by tick.
"""

from decimal import ROUND_CEILING, Decimal
from typing import NamedTuple

from rules.catalog import Floor
from rules.conduct.bounds import Bound
from rules.engine.columns import FAR
from rules.engine.legs import Position as LegPosition
from rules.engine.legs import Rate
from rules.engine.rows import Percent, Row
from rules.floors.common import FloorParams
from rules.floors.max_drawdown import MaxDrawdownFloor
from rules.lifecycle import JUDGED
from rules.reference.account import Account
from rules.reference.market import Market
from rules.reference.positions import Position
from rules.reference.rule_state import RuleState

_METRICS = {"equity": 1, "balance": 2, "min_balance_equity": 3}
_SERIES = {"mid": 2, "last": 3}
_OPS = {"multiply": 2, "divide": 4}
_UNITS = Decimal(10**8)


class Awaited(NamedTuple):
    """Instruments without a tick (a trade price) so far: the first one changes what counts."""

    tick: list[str]
    trade: list[str]


def units(amount: Decimal) -> int:
    """Return money as a whole number of units, 10⁻⁸."""
    return int(amount * _UNITS)


def export_rows(account: Account) -> list[Row]:
    """Return the rules of a live account."""
    return [row for rule in account.rules if (row := _row(rule, account)) is not None]


def export_legs(account: Account, market: Market) -> tuple[list[LegPosition], Awaited]:
    """Return the positions of an account that have a price now, and what the others wait for."""
    awaited = Awaited([], [])
    legs = []
    for position in account.ledger.positions.values():
        leg = _leg(position, account.ledger.currency, market, awaited)
        if leg is not None:
            legs.append(leg)
    return legs, awaited


class Sum(NamedTuple):
    """A bound as the kernel sees it: legs whose P/L stays above a level, units."""

    legs: list[LegPosition]
    level: int


def export_bound(bound: Bound, account: Account, market: Market) -> Sum | None:
    """Return a conduct rule's bound as legs; None when the kernel can't hold one.

    With the value v at the mark, a term is side·pnl·(v − cost) + notional·v, that is weight·v −
    side·pnl·cost; the signs turn around for an inverse contract. Where the weight is 0 no price
    moves it, and the rest belongs to the level.
    """
    legs, level = [], bound.level
    for term in bound.terms:
        position = term.position
        leg = _leg(position, account.ledger.currency, market, Awaited([], []))
        own = position.side * term.pnl
        inverse = position.instrument.kind == "inverse"
        weight = own - term.notional if inverse else own + term.notional
        if leg is None or (not weight and leg.rate is not None):
            return None
        if weight:
            legs.append(_weighted(leg, position, weight, own))
        else:
            level -= own * position.cost if inverse else -own * position.cost
    return Sum(legs, int(level.scaleb(8).to_integral_value(ROUND_CEILING)))


def _weighted(leg: LegPosition, position: Position, weight: Decimal, own: Decimal) -> LegPosition:
    side = 1 if weight > 0 else -1
    size = abs(weight) * position.qty * position.instrument.contract_size
    quantity, quantity_digits = _scaled(size)
    cost, cost_digits = _scaled(side * own * position.cost)
    return leg._replace(
        side=side,
        quantity=quantity,
        quantity_digits=quantity_digits,
        cost=cost,
        cost_digits=cost_digits,
    )


def _row(rule: RuleState, account: Account) -> Row | None:
    params, floor = rule.params, rule.floor
    judged = account.state in JUDGED and not rule.latched
    level = None
    if judged and params.warn_at:
        level = next((level for level in params.levels if level not in rule.fired), None)
    if floor.follows_equity:
        return _peak_row(params, floor, judged, level)
    if not judged:
        return None
    # Room is a whole number of units, so the exact threshold may be rounded down.
    warn = None if level is None else int((1 - level) * units(floor.allowance) // 1)
    touch = params.comparator == "lte"
    # By place: a row is made for every account at every boundary, and names take twice as long.
    start = units(floor.floor)
    return Row(_METRICS[params.metric], start, False, 0, 0, FAR, 0, touch, True, warn)


def _peak_row(params: FloorParams, floor: Floor, judged: bool, level: Decimal | None) -> Row:
    allowance: int | Percent = units(floor.allowance)
    warn, warn_level = None, None
    if floor.allowance_follows_mark:
        assert params.pct is not None
        allowance = Percent(*params.pct.as_integer_ratio(), units(floor.reduction))
        warn_level = None if level is None else level.as_integer_ratio()
    elif level is not None:
        warn = int((1 - level) * units(floor.allowance) // 1)
    start, cap = _limits(floor)
    return Row(
        _METRICS[params.metric],
        start,
        True,
        units(floor.mark),
        allowance,
        cap,
        units(floor.lowered_by),
        params.comparator == "lte",
        judged,
        warn,
        warn_level,
    )


def _limits(floor: Floor) -> tuple[int, int]:
    """Return where a peak row's floor starts and the highest it may rise to."""
    if not isinstance(floor, MaxDrawdownFloor):
        return -FAR, FAR
    start = units(floor.unlowered)
    if floor.locked:
        return start, start
    return start, FAR if floor.cap is None else units(floor.cap)


def _leg(position: Position, currency: str, market: Market, awaited: Awaited) -> LegPosition | None:
    instrument = position.instrument
    known = market.mark(instrument, position.side) is not None
    if not known:
        waiting = awaited.trade if instrument.mark == "last" else awaited.tick
        waiting.append(instrument.symbol)
    rate = None
    if instrument.pnl_currency != currency:
        conversion = instrument.conversion_for(currency)
        if conversion is None:
            return None
        if market.rate_tick(conversion) is None:
            awaited.tick.append(conversion.symbol)
            return None
        symbol = market.instruments.index[conversion.symbol]
        digits = market.instruments[conversion.symbol].price_digits
        rate = Rate(_OPS[conversion.op], symbol, digits)
    if not known:
        return None
    quantity, quantity_digits = _scaled(position.qty * instrument.contract_size)
    cost, cost_digits = _scaled(position.cost)
    return LegPosition(
        symbol=market.instruments.index[instrument.symbol],
        side=position.side,
        series=_SERIES.get(instrument.mark, 0 if position.side > 0 else 1),
        quantity=quantity,
        quantity_digits=quantity_digits,
        cost=cost,
        cost_digits=cost_digits,
        price_digits=instrument.price_digits,
        inverse=instrument.kind == "inverse",
        rate=rate,
    )


def _scaled(value: Decimal) -> tuple[int, int]:
    """Return a decimal as (whole number, decimals)."""
    exponent = value.as_tuple().exponent
    assert isinstance(exponent, int)
    digits = max(0, -exponent)
    return int(value.scaleb(digits)), digits
