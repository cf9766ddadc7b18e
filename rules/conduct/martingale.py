"""No trade much larger than the ones just lost: raising the stake after losses.

    streak = trades closed one after the other with a loss, within the last `window_h` hours
    broken = streak of at least `min_losing_streak`, and
             size of a new trade ≥ multiplier × size of the reference trade of the streak

The size is all that was opened of a trade, additions included. A trade that ends without a loss
ends the streak. Trades that were open before the last loss are not new.

Source: catalogue section 10, "Martingale".
"""

from typing import ClassVar, Literal, Self

from pydantic import model_validator

from rules.conduct.common import SECOND, Deed, Measure
from rules.conduct.facts import Fact, Filled
from rules.conduct.scene import Scene
from rules.conduct.scope import ScopedParams
from rules.goals.common import Trade
from rules.params import Whole
from schemas.errors import BadValue
from schemas.fields import Qty
from schemas.instants import instant_text
from schemas.money import text

_HOUR = 3600 * SECOND


class MartingaleParams(ScopedParams):
    """Parameters of ``martingale``.

    Attributes:
        multiplier: how many times the reference trade's size; more than 1.
        comparator: ``gte``: exactly as many times counts.
        min_losing_streak: how many losses in a row there must be.
        window_h: only losses of the last so many hours; all when left out.
        reference: which trade of the streak sizes are compared with.
        group_by: streaks of the whole account, or of each instrument by itself.
    """

    family: Literal["martingale"]
    comparator: Literal["gt", "gte"] = "gte"
    multiplier: Qty
    min_losing_streak: Whole = 2
    window_h: Whole | None = None
    reference: Literal["first", "last", "largest"] = "first"
    group_by: Literal["account", "symbol"] = "account"

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if self.multiplier <= 1:
            raise BadValue("must be above 1", "multiplier")
        if self.min_losing_streak < 1:
            raise BadValue("must be at least 1", "min_losing_streak")
        if self.window_h == 0:
            raise BadValue("must be at least 1", "window_h")
        return self


class Martingale(Deed):
    """The running losing streaks of one account."""

    metric: ClassVar[str] = "lots"

    __slots__ = ("streaks", "told")

    def __init__(self, params: MartingaleParams) -> None:
        super().__init__(params)
        self.streaks: dict[str, list[Trade]] = {}
        self.told: dict[str, int] = {}  # open trades that have been said, by their opening

    def observe(self, fact: Fact, scene: Scene) -> None:
        """Judge what a fill opened, then take note of the trade it closed."""
        if not isinstance(fact, Filled) or not self.params.concerns(fact.instrument.symbol):
            return
        if fact.trade is not None:
            self.told.pop(fact.position_id, None)
            self._close(fact.trade)
        if fact.opened:
            self._judge(fact, scene.ts)

    def adopt(self, old: "Martingale") -> None:
        """Keep the streaks."""
        self.streaks = {name: list(trades) for name, trades in old.streaks.items()}
        self.told = dict(old.told)

    def _group(self, symbol: str) -> str:
        return symbol if self.params.group_by == "symbol" else ""

    def _close(self, trade: Trade) -> None:
        group = self._group(trade.symbol)
        if trade.result < 0:
            self.streaks.setdefault(group, []).append(trade)
        else:
            self.streaks.pop(group, None)

    def _judge(self, fact: Filled, now: int) -> None:
        position = fact.position
        assert position is not None, "what was opened is there"
        streak = self._streak(self._group(fact.instrument.symbol), now)
        if len(streak) < self.params.min_losing_streak or not streak:
            return
        if position.opened_at < streak[-1].closed_at:
            return
        if self.told.get(position.id) == position.opened_at:
            return
        reference = self._reference(streak)
        limit = self.params.multiplier * reference.qty
        if self.params.crosses(position.traded, limit):
            self.told[position.id] = position.opened_at
            facts = {
                "position_id": position.id,
                "symbol": position.instrument.symbol,
                "losses": str(len(streak)),
                "reference_qty": text(reference.qty),
                "reference_closed_at": instant_text(reference.closed_at),
                "multiplier": text(self.params.multiplier),
            }
            self.found = Measure(position.traded, limit, facts)

    def _streak(self, group: str, now: int) -> list[Trade]:
        trades = self.streaks.get(group, [])
        if self.params.window_h is None:
            return trades
        since = now - self.params.window_h * _HOUR
        return [trade for trade in trades if trade.closed_at >= since]

    def _reference(self, streak: list[Trade]) -> Trade:
        if self.params.reference == "largest":
            return max(streak, key=lambda trade: trade.qty)
        return streak[0] if self.params.reference == "first" else streak[-1]
