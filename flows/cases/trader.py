"""An account of a case that trades: what goals look at, days and closed trades."""

from decimal import Decimal

from flows.cases.clock import MINUTE, Clock
from flows.cases.document import NotSupported
from flows.cases.story import PRICE, SYMBOL, Story
from schemas.money import ZERO

_HELD = "held"
_ONE = Decimal(1)


class Trader:
    """One hedging account; every trade has a position of its own.

    Args:
        story: where its entries go.
        name: account id.
        initial: initial balance.
        opened: when it is opened, ns.
    """

    def __init__(self, story: Story, name: str, initial: Decimal, opened: int) -> None:
        self._story = story
        self._name = name
        self._open: set[str] = set()
        self._fills = 0
        self._floating = ZERO
        self._priced = False
        self.balance = initial
        fields = {"ruleset": "case@1", "initial_balance": initial, "position_mode": "hedging"}
        story.event(opened, "account.opened", {"account_id": name, **fields})

    def open(self, ts: int, trade: str, notional: Decimal = PRICE) -> None:
        """Open a trade, for as much as its notional is; no tick ever moves its value."""
        if trade in self._open:
            raise NotSupported(f"trade {trade!r} is opened twice")
        self._open.add(trade)
        self._fill(ts, trade, "buy", None, notional)

    def close(self, ts: int, trade: str, result: Decimal = ZERO) -> None:
        """Close a trade with its result."""
        if trade not in self._open:
            raise NotSupported(f"trade {trade!r} is closed but not open")
        self._open.remove(trade)
        self.balance += result
        self._fill(ts, trade, "sell", result)

    def round_trip(self, ts: int, result: Decimal, notional: Decimal = PRICE) -> None:
        """Open a trade and close it with a result."""
        trade = f"t{self._fills}"
        self.open(ts, trade, notional)
        self.close(ts, trade, result)

    def hold(self, ts: int, floating: Decimal) -> None:
        """Hold one more position, which floats this P/L, in place of the one held so far."""
        if floating == self._floating:
            return
        if not self._priced:
            self._story.tick(ts, PRICE)
            self._priced = True
        if self._floating:
            self._fill(ts, _HELD, "sell", ZERO)
        if floating:
            self._fill(ts, _HELD, "buy", None, PRICE - floating)
        self._floating = floating

    def stand(self, ts: int, balance: Decimal, equity: Decimal) -> None:
        """Have this balance and equity: by what was realised, and by what floats."""
        if balance != self.balance:
            self.round_trip(ts, balance - self.balance)
        self.hold(ts, equity - balance)

    def begin(self, balance: Decimal, equity: Decimal, clock: Clock, at: int) -> None:
        """Begin a day with this balance and equity, the day before having won nothing."""
        floating = equity - balance
        self.hold(self._story.now + MINUTE, floating)
        self.round_trip(self._story.now + MINUTE, -floating - _ONE)
        amount = balance - self.balance
        if amount:
            fields = {"account_id": self._name, "reason": "correction", "amount": amount}
            self._story.event(self._story.now, "balance.adjusted", fields)
            self.balance = balance
        if clock.next_boundary(self._story.now) <= at:
            self._story.event(at, "clock", {})
        else:
            self.end_day(clock)

    def adjust(self, ts: int, reason: str, amount: Decimal) -> None:
        """Pay money in or out."""
        fields = {"account_id": self._name, "reason": reason, "amount": amount}
        self._story.event(ts, "balance.adjusted", fields)
        self.balance += amount if reason in {"deposit", "bonus"} else -amount

    def day(self, ts: int, result: Decimal, clock: Clock) -> None:
        """Win or lose ``result`` in one trade, and end the day."""
        self.round_trip(ts, result)
        self.end_day(clock)

    def end_day(self, clock: Clock) -> None:
        """Let the running session end."""
        self._story.event(clock.next_boundary(self._story.now + MINUTE), "clock", {})

    def _fill(
        self, ts: int, trade: str, side: str, result: Decimal | None, price: Decimal = PRICE
    ) -> None:
        self._fills += 1
        fields = {"fill_id": f"f{self._fills}", "symbol": SYMBOL, "side": side, "qty": "1"}
        booked = {} if result is None else {"realized_pnl": result}
        named = {"account_id": self._name, "position_id": trade, "price": price}
        self._story.event(ts, "fill", {**named, **fields, **booked})
