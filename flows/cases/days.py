"""Accounts that trade day by day, read when a day has ended."""

from collections.abc import Sequence
from decimal import Decimal

from flows.cases.checks import Told
from flows.cases.clock import DAY_ONE, MINUTE, NOON, Clock, read_label
from flows.cases.document import Case, CaseEvent, NotSupported
from flows.cases.given import Given
from flows.cases.loss import initial_balance
from flows.cases.reading import Reading
from flows.cases.story import PRICE, Story
from flows.cases.trader import Trader
from flows.engines import EngineKind
from rules.ruleset import Ruleset
from schemas.money import ZERO

RESULTS = (
    "net_pnl", "pnl", "result", "net", "profit", "closed_pnl", "realised", "realized",
    "realised_pnl", "realized_pnl", "closed", "closed_profit", "net_profit", "day_pnl",
    "daily_pnl", "equity_delta", "equity_change", "delta", "change", "amount",
)  # fmt: skip
"""What an event may call the result of a day or a trade."""
_OF_INITIAL = ("pnl_pct", "change_pct", "result_pct", "net_pct")
_ENDS_OF_A_DAY = (
    ("start_balance", "balance_start", "start_equity", "equity_start", "open_balance"),
    ("end_balance", "balance_end", "end_equity", "equity_end", "close_balance"),
)
_FLOATING = ("floating", "floating_pnl", "open_floating", "open_pnl", "unrealised", "unrealized")
_OPEN_LOSSES = ("floating_loss", "floating_losses", "open_loss", "open_losses")
_DAYS = ("day_result", "day", "daily_result", "day_pnl", "day_change")
_TRADES = ("trade", "trade_result", "closed_trade", "round_trip")
_MONEY = ("balance", "equity", "mark", "snapshot", "start", "day_start", "session_start")
_BOUNDARIES = {"reset": False, "eod": True, "day_end": True, "session_end": True}
_PAID = {
    "deposit": "deposit", "bonus": "bonus", "refund": "bonus", "fee": "fee",
    "payout": "payout", "withdrawal": "withdrawal",
}  # fmt: skip
NEVER_MET = {"id": "never", "family": "profit_target", "amount": "9000000000"}
"""Keeps the phase of a case from passing, which would end its days."""


def told_by_days(case: Case, clock: Clock, ruleset: Ruleset, engine: EngineKind) -> Told:
    """Tell a case of days.

    What is known after a day or a trade is known when its day has ended, so every check has a
    story of its own, told up to its event and to the end of that day.
    """
    readings: dict[int | None, Reading] = {}
    initial = initial_balance(case)
    for check in case.checks:
        events = case.events
        if check.i is not None:
            events = tuple(event for event in events if event.i <= check.i)
        readings[check.i] = read_days(events, initial, clock, ruleset, engine)
    return Told(initial, case.params, readings)


def read_days(
    events: Sequence[CaseEvent],
    initial: Decimal,
    clock: Clock,
    ruleset: Ruleset,
    engine: EngineKind,
) -> Reading:
    """Tell events to one account, end the last day, and read."""
    story = Story()
    teller: _Teller | None = None
    for event in events:
        at = clock.moment(read_label(event.label), story.now or clock.instant(DAY_ONE, NOON))
        if teller is None:
            trader = Trader(story, "case", initial, at - _lead(event))
            teller = _Teller(trader, story, initial, clock)
        teller.tell(event, at)
    if teller is None:
        Trader(story, "case", initial, clock.instant(DAY_ONE, NOON))
    elif not teller.ended:
        teller.trader.end_day(clock)
    return Reading(story.run(ruleset, engine), "case", story.seq)


# An account that begins with money, not with a trade, was opened on the day before.
def _lead(event: CaseEvent) -> int:
    first = event.type in _MONEY or event.type in _BOUNDARIES
    told = {"balance", "equity", "equity_start", "start_equity"} & event.fields.keys()
    return 24 * 60 * MINUTE if first and "equity" in told else MINUTE


class _Teller:
    """Tells events to a trader; ``ended`` says whether the day has ended with the last one."""

    def __init__(self, trader: Trader, story: Story, initial: Decimal, clock: Clock) -> None:
        self.trader = trader
        self.ended = True
        self._story = story
        self._initial = initial
        self._clock = clock
        self._begun = False

    def tell(self, event: CaseEvent, at: int) -> None:
        """Tell one event.

        Raises:
            NotSupported: an event, or a field of it, that is not known.
        """
        fields = Given.event(event)
        self.ended = False
        if event.type in _DAYS:
            self._day(event, fields, at)
        elif event.type in {"trade_open", "open"}:
            self.trader.open(at, _name(event, fields))
        elif event.type in {"trade_close", "close"}:
            name = _name(event, fields)
            self.trader.close(at, name, self._result(event, fields, default=ZERO))
        elif event.type in _TRADES:
            self._trade(event, fields, at)
        elif event.type in _MONEY or event.type in _BOUNDARIES:
            self._money(event, fields, at)
        elif event.type in _PAID:
            self.trader.adjust(at, _PAID[event.type], fields.needed("amount"))
        else:
            raise NotSupported(f"event `{event.type}`")
        self._begun = True
        fields.finish()

    def _day(self, event: CaseEvent, fields: Given, at: int) -> None:
        floating = fields.number(*_FLOATING)
        losses = fields.number(*_OPEN_LOSSES)
        if losses is not None:
            floating = (floating or ZERO) - abs(losses)
        self.trader.round_trip(at, self._result(event, fields))
        self.trader.hold(self._story.now + MINUTE, floating or ZERO)
        self.trader.end_day(self._clock)
        self.ended = True

    def _trade(self, event: CaseEvent, fields: Given, at: int) -> None:
        share = fields.number("notional_pct", "size_pct")
        notional = fields.number("notional", "size", "value", "position_value")
        if notional is None:
            notional = PRICE if share is None else share * self._initial
        of_trade = fields.number("pnl_pct_of_trade", "result_pct_of_trade", "trade_pnl_pct")
        result = self._result(event, fields) if of_trade is None else of_trade * notional
        fields.take("symbol")
        name = _name(event, fields)
        if fields.mark("same_day", "closed_same_day", "open_and_close", "closed") is False:
            self.trader.open(at, name, notional)  # and it stays open
        else:
            self.trader.round_trip(at, result, notional)

    # Money at a moment; the first of an account is what it begins with.
    def _money(self, event: CaseEvent, fields: Given, at: int) -> None:
        equity = fields.number("equity", "equity_end", "end_equity")
        balance = fields.number("balance")
        if equity is None and balance is None:
            if event.type in _BOUNDARIES:
                self.trader.end_day(self._clock)
                self.ended = True
            return
        if balance is None:
            balance = self.trader.balance
        if equity is None:
            if event.type in _BOUNDARIES or self._begun:
                equity = balance
            else:
                return  # a balance to begin with, which only its own expectations speak of
        if not self._begun:
            self.trader.begin(balance, equity, self._clock, at)
            return
        if event.type in _BOUNDARIES:
            ends = _BOUNDARIES[event.type]
            label = read_label(event.label)
            boundary = self._clock.boundary(label, self._story.now, ends_day=ends)
            self.trader.stand(boundary - MINUTE, balance, equity)
            self.trader.end_day(self._clock)
            self.ended = True
        else:
            self.trader.stand(at, balance, equity)

    def _result(self, event: CaseEvent, fields: Given, default: Decimal | None = None) -> Decimal:
        share = fields.number(*_OF_INITIAL)
        if share is not None:
            return share * self._initial
        ends = [fields.number(*names) for names in _ENDS_OF_A_DAY]
        if ends[0] is not None and ends[1] is not None:
            return ends[1] - ends[0]
        given = [value for name in RESULTS if (value := fields.number(name)) is not None]
        if len(given) == 1:
            return given[0]
        if default is None or given:
            raise NotSupported(f"event `{event.type}` without one result")
        return default


def _name(event: CaseEvent, fields: Given) -> str:
    fields.take("symbol", "notional")
    name = fields.take("id", "trade", "position_id")
    return str(event.i if name is None else name)
