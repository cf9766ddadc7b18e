"""An open loss may not pass a share of the profit the day started with.

    open loss ≤ pct × max(profit at the session's start, threshold)

Profit is the balance above the initial one, taken at the boundary of the rule's session and 0 in
the first. While it is small the threshold stands for it. From ``raised_above`` on a larger share
is allowed.

>>> from schemas.fields import parse_model
>>> raw = {"id": "mae", "family": "mae", "pct": "0.3", "threshold": "2500"}
>>> parse_model(MaeParams, raw).group_by
'position'

Source: catalogue section 8, "MAE" (Apex, legacy).
"""

from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

from pydantic import model_validator

from rules.conduct.amounts import against, by, largest, share, texts
from rules.conduct.bounds import Bound, Group, Limit, losses_of, within
from rules.conduct.common import Conduct, ConductParams, Measure
from rules.conduct.scene import Scene
from rules.conduct.sums import grouped
from rules.params import PositiveMoney, Share
from rules.reference.positions import ZERO
from schemas.errors import BadValue
from schemas.money import text

if TYPE_CHECKING:
    from rules.reference.positions import Valuation


class MaeParams(ConductParams):
    """Parameters of ``mae``.

    Attributes:
        threshold: account currency; what the profit counts at least.
        raised_pct, raised_above: the share once the profit is above an amount.
        group_by: a position alone, all of one symbol, or everything open, winners offsetting.
    """

    family: Literal["mae"]
    pct: Share
    threshold: PositiveMoney
    raised_pct: Share | None = None
    raised_above: PositiveMoney | None = None
    group_by: Literal["position", "symbol", "account"] = "position"

    @model_validator(mode="after")
    def _raised(self) -> Self:
        if (self.raised_pct is None) != (self.raised_above is None):
            raise BadValue("`raised_pct` and `raised_above` go together", "raised_pct")
        if self.raised_pct is not None and self.raised_pct <= self.pct:
            raise BadValue("must be above `pct`", "raised_pct")
        return self

    def limit_at(self, profit: Decimal) -> Decimal:
        """Return the open loss allowed after a start-of-session profit."""
        raised = self.raised_above is not None and profit > self.raised_above
        pct = self.raised_pct if raised and self.raised_pct is not None else self.pct
        return share(pct, max(profit, self.threshold))


class Mae(Conduct):
    """The open loss of the worst group."""

    metric: ClassVar[str] = "open_loss"
    follows_prices: ClassVar[bool] = True

    __slots__ = ("profit",)

    def __init__(self, params: Any) -> None:
        super().__init__(params)
        self.profit = ZERO

    def open(self, scene: Scene) -> None:
        """Take the profit the account has now."""
        self.profit = scene.standing.balance - scene.initial

    def start_session(self, scene: Scene) -> None:
        """Take the profit the session ended with."""
        self.profit = scene.standing.balance - scene.initial

    def measure(self, scene: Scene) -> Measure | None:
        """Find the group that is farthest under water."""
        losses = by((self._group(value), -value.pnl) for value in scene.values)
        facts = {"losses": texts(losses), "profit_at_start": text(self.profit)}
        return against(largest(losses), self.params.limit_at(self.profit), facts)

    def bounds(self, scene: Scene, part: Decimal) -> list[Bound]:
        """Return the sums of prices it compares."""
        held = grouped(list(scene.positions.values()), self.params.group_by)
        limit = Limit(self.params.limit_at(self.profit))
        return within([Group(losses_of(some)) for some in held], limit, scene, part)

    def adopt(self, old: "Mae") -> None:
        """Keep the profit the session started with."""
        self.profit = old.profit

    def _group(self, value: "Valuation") -> str:
        position, by_what = value.position, self.params.group_by
        if by_what == "account":
            return "account"
        return position.instrument.symbol if by_what == "symbol" else position.id
