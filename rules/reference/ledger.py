"""One account's money and positions: what fills and adjustments book, never what they mean.

A fill is planned first and applied after, so that a refused one changes nothing.

Source: contract sections 1.3 (``fill``, ``balance.adjusted``) and 2, "Money".
"""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import NamedTuple

from rules.conduct.facts import Filled
from rules.goals.common import Day, Trade
from rules.reference.market import Market, convert
from rules.reference.positions import (
    ZERO,
    Position,
    Valuation,
    conversion_now,
    cost_removed,
    gain,
    valuate,
    value_of,
)
from schemas.errors import InputError
from schemas.events import BalanceAdjusted, Fill
from schemas.instruments import Instrument
from schemas.money import round_unit, shared, text

_BOOKED = {"payout": -1, "withdrawal": -1, "fee": -1}
_NOT_PROFIT = {"payout": -1, "withdrawal": -1, "deposit": 1, "bonus": 1}
_DAY_RESULT = {"fee": -1, "funding": 1}


class FillPlan(NamedTuple):
    """What a fill will do: close ``closed`` of a position, then open ``opened`` under an id."""

    mode: str
    instrument: Instrument
    side: int
    position: Position | None
    closed: Decimal
    removed: Decimal
    realized: Decimal
    opens_as: str
    opened: Decimal


class Ledger:
    """Balance, open positions and the running day of one account.

    ``booked`` counts its fills: while it stands, so do the positions' quantities and costs.
    """

    __slots__ = (
        "_day_closed",
        "_day_held",
        "_day_opened",
        "_day_result",
        "_floating",
        "balance",
        "booked",
        "currency",
        "day",
        "initial",
        "mode",
        "not_profit",
        "positions",
    )

    def __init__(self, currency: str, initial: Decimal, mode: str | None) -> None:
        self.currency = currency
        self.initial = initial
        self.balance = initial
        self.mode = mode
        self.positions: dict[str, Position] = {}
        self.not_profit = ZERO
        self.day = 0
        self.booked = 0
        self._floating = ZERO
        self._day_closed: list[Trade] | None = None
        self._start_day()

    @property
    def profit(self) -> Decimal:
        """Profit that counts for a target: the balance's change less what was paid in or out."""
        return self.balance - self.initial - self.not_profit

    def valuations(self, market: Market) -> list[Valuation]:
        """Value every open position at the latest prices, in the order they were opened."""
        return [valuate(position, market, self.currency) for position in self.positions.values()]

    def plan(self, fill: Fill, market: Market) -> FillPlan:
        """Work out what a fill does.

        Raises:
            InputError: ``over_close``, ``symbol_mismatch`` or ``no_rate``; nothing has changed.
        """
        instrument = market.instruments[fill.symbol]
        side = 1 if fill.side == "buy" else -1
        mode = self.mode or ("netting" if fill.position_id is None else "hedging")
        key = instrument.symbol if mode == "netting" else (fill.position_id or fill.fill_id)
        position = self.positions.get(key)
        if position is not None and mode == "hedging" and fill.position_id is None:
            raise InputError("bad_value", f"position {key!r} is already open", "fill_id")
        if position is None or position.side == side:
            if position is not None and position.instrument is not instrument:
                raise _mismatch(position, fill)
            booked = fill.realized_pnl or ZERO
            return FillPlan(mode, instrument, side, position, ZERO, ZERO, booked, key, fill.qty)
        if position.instrument is not instrument:
            raise _mismatch(position, fill)
        if mode == "hedging" and fill.qty > position.qty:
            message = f"closes {text(fill.qty)} of {text(position.qty)} held"
            raise InputError("over_close", message, "qty")
        closed = min(fill.qty, position.qty)
        removed = cost_removed(position, closed)
        realized = self._realized(fill, position, closed, removed, market)
        return FillPlan(
            mode, instrument, side, position, closed, removed, realized, key, fill.qty - closed
        )

    def apply(self, plan: FillPlan, fill: Fill, market: Market, ts: int) -> Trade | None:
        """Book a planned fill at ``ts``, ns; return the trade it closed, if it closed one."""
        self.mode = plan.mode
        self.booked += 1
        net = plan.realized - fill.commission + fill.swap
        if net:
            self.balance += net
            self._day_result += net
        trade = None
        position = plan.position
        if plan.closed:
            assert position is not None
            position.result += net
            position.qty -= plan.closed
            position.cost -= plan.removed
            net = ZERO
            if not position.qty:
                del self.positions[plan.opens_as]
                trade = self._trade(position, ts)
                self._day_closed = self._day_closed or []
                self._day_closed.append(trade)
                position = None
        if plan.opened:
            position = self._open(plan, position, fill, market, ts)
            if net:
                position.result += net
        if position is not None:
            _protect(position, fill)
        return trade

    def adjust(self, event: BalanceAdjusted) -> None:
        """Book a balance adjustment, which is not trading profit unless it is a cost of it."""
        reason, amount = event.reason, event.amount
        self.balance += _BOOKED.get(reason, 1) * amount
        self.not_profit += _NOT_PROFIT.get(reason, 0) * amount
        self._day_result += _DAY_RESULT.get(reason, 0) * amount

    def find(self, position_id: str | None, symbol: str | None) -> Position:
        """Find the open position a protective stop is for.

        Raises:
            InputError: ``bad_value`` when there is none, or a symbol alone does not tell which.
        """
        if position_id is None or (self.mode == "netting" and symbol is not None):
            found = [held for held in self.positions.values() if held.instrument.symbol == symbol]
        else:
            found = [self.positions[position_id]] if position_id in self.positions else []
        if len(found) != 1:
            path = "symbol" if position_id is None else "position_id"
            raise InputError("bad_value", f"names {len(found)} open positions, not one", path)
        if symbol is not None and found[0].instrument.symbol != symbol:
            raise InputError("symbol_mismatch", f"the position is not in {symbol}", "symbol")
        return found[0]

    def end_day(self, floating: Decimal, pnls: Callable[[], Sequence[Decimal]]) -> Day:
        """Close the running session at its boundary and start the next one.

        Args:
            floating: P/L of the open positions just before the boundary.
            pnls: tells the P/L of each of them.
        """
        day = Day(
            opened=self._day_opened,
            held=self._day_held or self._day_opened,
            result=self._day_result,
            trades=tuple(self._day_closed or ()),
            number=self.day,
            floating=floating,
            floating_before=self._floating,
            pnls=pnls,
        )
        self._floating = floating
        self.day += 1
        self._start_day()
        return day

    def _start_day(self) -> None:
        self._day_opened = False
        self._day_held = bool(self.positions)
        self._day_result = ZERO
        self._day_closed = None

    def _realized(
        self, fill: Fill, position: Position, closed: Decimal, removed: Decimal, market: Market
    ) -> Decimal:
        if fill.realized_pnl is not None:
            return fill.realized_pnl
        instrument = position.instrument
        value = value_of(instrument, closed, fill.price)
        realized = gain(instrument, position.side, value, removed)
        conversion, rate, known = conversion_now(instrument, market, self.currency)
        if not known:
            message = f"no rate yet from {instrument.pnl_currency} to {self.currency}"
            raise InputError("no_rate", message, "symbol")
        if conversion is not None and rate is not None:
            realized = convert(realized, conversion, rate)
        return round_unit(realized)

    def _trade(self, position: Position, ts: int) -> Trade:
        return Trade(
            position.opened_day,
            self.day,
            position.notional,
            position.result,
            position.instrument.symbol,
            position.side,
            position.traded,
            position.opened_at,
            ts,
        )

    def _open(
        self, plan: FillPlan, position: Position | None, fill: Fill, market: Market, ts: int
    ) -> Position:
        cost = value_of(plan.instrument, plan.opened, fill.price)
        if position is None:
            position = Position(plan.opens_as, plan.instrument, plan.side, ZERO, ZERO, self.day, ts)
            self.positions[plan.opens_as] = position
        # Equal numbers are one object where they begin as one: a million accounts hold millions.
        if position.qty:
            position.qty += plan.opened
            position.cost += cost
            position.traded += plan.opened
        else:
            position.qty = position.traded = shared(plan.opened)
            position.cost = cost
        conversion, rate, known = conversion_now(plan.instrument, market, self.currency)
        if known:
            if conversion is not None and rate is not None:
                cost = convert(cost, conversion, rate)
            notional = position.notional + round_unit(cost)
            position.notional = position.cost if notional == position.cost else notional
        self._day_opened = True
        return position


def filled(
    plan: FillPlan,
    fill: Fill,
    trade: Trade | None,
    ledger: Ledger,
    before: tuple[Decimal, Decimal | None],
) -> Filled:
    """Say what a booked fill did; ``before`` is the quantity and the stop its position had."""
    held, stop = before
    return Filled(
        fill=fill,
        instrument=plan.instrument,
        position_id=plan.opens_as,
        side=plan.side,
        opened=plan.opened,
        closed=plan.closed,
        held_before=held,
        net=plan.realized - fill.commission + fill.swap,
        trade=trade,
        position=ledger.positions.get(plan.opens_as),
        stop_before=stop,
    )


def _protect(position: Position, fill: Fill) -> None:
    if "stop_loss" in fill.model_fields_set:
        position.stop_loss = fill.stop_loss
    if "take_profit" in fill.model_fields_set:
        position.take_profit = fill.take_profit


def _mismatch(position: Position, fill: Fill) -> InputError:
    message = f"position {position.id!r} is in {position.instrument.symbol}, not {fill.symbol}"
    return InputError("symbol_mismatch", message, "symbol")
