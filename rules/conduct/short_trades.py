"""How many of an account's closed trades were short, and what they won: for holding times."""

from decimal import Decimal
from typing import Any, Literal

from rules.conduct.common import SECOND, Conduct, ConductParams
from rules.conduct.facts import Adjusted, Fact, Filled
from rules.conduct.scene import Scene
from rules.goals.common import Trade
from rules.params import Whole
from schemas.money import ZERO

_SECOND = Decimal(SECOND)


class ShortTradesParams(ConductParams):
    """Parameters of a rule about how long trades are held.

    Attributes:
        threshold_s: a trade held for less is short, seconds from its opening fill to its end.
        min_trades: nothing is judged before so many trades have been closed.
        profit: what winning trades won, or the net of all trades.
        period: what is counted: the whole phase, or since the last payout.
    """

    threshold_s: Whole
    min_trades: Whole = 1
    profit: Literal["winning", "net"] = "winning"
    period: Literal["phase", "payout"] = "phase"


class ShortTrades(Conduct):
    """The tally of one account's trades, short ones apart."""

    __slots__ = ("held_ns", "profit", "short", "short_profit", "trades")

    def __init__(self, params: Any) -> None:
        super().__init__(params)
        self.trades = self.short = self.held_ns = 0
        self.profit = self.short_profit = ZERO

    def observe(self, fact: Fact, scene: Scene) -> None:
        """Count a trade that was closed; begin anew with a payout, if so configured."""
        del scene
        if isinstance(fact, Filled) and fact.trade is not None:
            self._count(fact.trade)
        elif isinstance(fact, Adjusted) and fact.event.reason == self.params.period:
            self._start()

    def adopt(self, old: "ShortTrades") -> None:
        """Keep the tally; what is short has been decided."""
        self.trades, self.short, self.held_ns = old.trades, old.short, old.held_ns
        self.profit, self.short_profit = old.profit, old.short_profit

    @property
    def judged(self) -> bool:
        """Enough trades have been closed."""
        return bool(self.trades >= max(1, self.params.min_trades))

    def _start(self) -> None:
        self.trades = self.short = self.held_ns = 0
        self.profit = self.short_profit = ZERO

    def _count(self, trade: Trade) -> None:
        result = trade.result
        if self.params.profit == "winning":
            result = max(result, ZERO)
        held = trade.closed_at - trade.opened_at
        short = held < self.params.threshold_s * SECOND
        self.trades += 1
        self.held_ns += held
        self.profit += result
        if short:
            self.short += 1
            self.short_profit += result


def seconds(duration_ns: int) -> Decimal:
    """Return a duration in seconds, exact."""
    return Decimal(duration_ns) / _SECOND
