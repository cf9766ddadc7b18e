"""Trades of one kind may not together be too far under water.

    floating loss of a group = Σ of its losing positions

A group is all positions in one symbol and direction unless ``group_by`` says otherwise. Winners
don't offset the losers beside them; with ``sum: net`` they do.

>>> from schemas.fields import parse_model
>>> raw = {"id": "g", "family": "trade_loss_group", "pct": "0.03", "comparator": "gte"}
>>> parse_model(TradeLossGroupParams, raw).sum
'losses_only'

Source: catalogue section 8, "floating loss per symbol+direction" (TX3).
"""

from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import BeforeValidator

from rules.conduct.amounts import against, allowed, by, largest, texts
from rules.conduct.bounds import Bound, Group, losses_of, within
from rules.conduct.common import Conduct, Measure
from rules.conduct.limits import Base, LossLimitParams
from rules.conduct.scene import Scene
from rules.conduct.sums import limit_of, losing
from rules.reference.positions import ZERO
from schemas.errors import BadValue

if TYPE_CHECKING:
    from rules.reference.positions import Position, Valuation

Trait = Literal["symbol", "direction"]


def _listed(value: object) -> object:
    traits = (value,) if isinstance(value, str) else value
    if not isinstance(traits, list | tuple):
        return value
    if not traits or len(set(map(str, traits))) != len(traits):
        raise BadValue("must name `symbol`, `direction` or both, once")
    return tuple(traits)


class TradeLossGroupParams(LossLimitParams):
    """Parameters of ``trade_loss_group``.

    Attributes:
        group_by: what the positions of a group have in common; both when left out.
        sum: losing positions alone, or winners set against them.
    """

    family: Literal["trade_loss_group"]
    pct_base: Base = "initial"
    group_by: Annotated[tuple[Trait, ...] | None, BeforeValidator(_listed)] = None
    sum: Literal["losses_only", "net"] = "losses_only"


class TradeLossGroup(Conduct):
    """The floating loss of the worst group."""

    metric: ClassVar[str] = "floating_loss"
    follows_prices: ClassVar[bool] = True

    __slots__ = ()

    def measure(self, scene: Scene) -> Measure | None:
        """Add up every group's loss."""
        groups = by((self._group(value), self._loss(value)) for value in scene.values)
        limit = allowed(self.params, scene)
        return against(largest(groups), limit, {"groups": texts(groups)})

    def bounds(self, scene: Scene, part: Decimal) -> list[Bound]:
        """Return the sums of prices it compares."""
        params = self.params
        limit = limit_of(params.pct, params.pct_base, scene, params.amount)
        together: dict[str, list[Position]] = {}
        for value in scene.values:
            together.setdefault(self._group(value), []).append(value.position)
        if params.sum == "net":
            groups = [Group(losses_of(some)) for some in together.values()]
            return within(groups, limit, scene, part)
        found = []
        for some in together.values():
            found += losing(some, ZERO, limit, scene, part)
        return found

    def _group(self, value: "Valuation") -> str:
        position = value.position
        direction = "buy" if position.side > 0 else "sell"
        names = {"symbol": position.instrument.symbol, "direction": direction}
        return "|".join(names[trait] for trait in self.params.group_by or names)

    def _loss(self, value: "Valuation") -> Decimal:
        return -value.pnl if self.params.sum == "net" else max(ZERO, -value.pnl)
