"""Enough must come from trades that were held for some time. A gate, never a breach.

    share of profit = profit of trades held at least ``threshold_s`` / profit
    share of trades = trades held at least ``threshold_s`` / closed trades
    met when share ≥ min_share        (``gt``: share > min_share)

or, with ``min_average_s``, when the average of all closed trades is at least so many seconds. It is
judged with every close; while there is no trade, or no profit to share, it is not met. The same
thing that flags or breaks instead of gating are the rules ``hold_time`` and ``scalp_share``.

>>> from decimal import Decimal
>>> raw = {"id": "h", "family": "holding_share", "threshold_s": "120", "min_share": "0.5"}
>>> goal = HoldingShare(HoldingShareParams(**raw), Decimal(50000))
>>> goal.progress(Decimal(0))
Progress(value=None, needed='0.5', met=False)

Source: catalogue section 9, "Holding time".
"""

from decimal import Decimal
from typing import Literal, Self

from pydantic import model_validator

from rules.goals.common import Day, Progress, Trade, ratio
from rules.params import Params, Share, Whole
from schemas.errors import BadValue
from schemas.instants import SECOND
from schemas.money import ZERO, text

_SECOND = Decimal(SECOND)


class HoldingShareParams(Params):
    """Parameters of ``holding_share``."""

    family: Literal["holding_share"]
    threshold_s: Whole = 0
    min_share: Share | None = None
    min_average_s: Whole | None = None
    of: Literal["profit", "trades"] = "profit"
    profit: Literal["winning", "net"] = "winning"
    comparator: Literal["gte", "gt"] = "gte"

    @model_validator(mode="after")
    def _one_demand(self) -> Self:
        if (self.min_share is None) == (self.min_average_s is None):
            raise BadValue(
                "exactly one of `min_share` and `min_average_s` is required", "min_share"
            )
        if (self.min_share is None) == ("threshold_s" in self.model_fields_set):
            raise BadValue("goes with `min_share`, and with it alone", "threshold_s")
        return self


class HoldingShare:
    """One account's closed trades, and the longer ones among them."""

    __slots__ = ("held_ns", "longer", "longer_profit", "params", "profit", "trades")

    gates_at_boundary = False

    def __init__(self, params: HoldingShareParams, initial: Decimal) -> None:
        del initial
        self.params = params
        self.trades = self.longer = self.held_ns = 0
        self.profit = self.longer_profit = ZERO

    def end_day(self, day: Day) -> None:
        """Trades are looked at when they close."""

    def close_trade(self, trade: Trade) -> None:
        """Count a closed trade."""
        held = trade.closed_at - trade.opened_at
        result = trade.result if self.params.profit == "net" else max(trade.result, ZERO)
        self.trades += 1
        self.held_ns += held
        self.profit += result
        if held >= self.params.threshold_s * SECOND:
            self.longer += 1
            self.longer_profit += result

    def adopt(self, old: "HoldingShare") -> None:
        """Keep what was counted; which trades were long has been decided."""
        self.trades, self.longer, self.held_ns = old.trades, old.longer, old.held_ns
        self.profit, self.longer_profit = old.profit, old.longer_profit

    def progress(self, profit: Decimal) -> Progress:
        """Compare the share, or the average, with what is needed."""
        del profit
        least: Decimal | int | None = self.params.min_share
        part, whole = self.longer_profit, self.profit
        if least is None:
            assert self.params.min_average_s is not None
            least = self.params.min_average_s
            part, whole = Decimal(self.held_ns) / _SECOND, Decimal(self.trades)
        elif self.params.of == "trades":
            part, whole = Decimal(self.longer), Decimal(self.trades)
        if whole <= 0:
            return Progress(None, text(Decimal(least)), met=False)
        # Compared without dividing: half is exactly half.
        met = part >= least * whole if self.params.comparator == "gte" else part > least * whole
        return Progress(text(ratio(part, whole)), text(Decimal(least)), met)
