"""No single position may be worth more than a share of the account.

    notional of the largest position ≤ pct × base

The base is the equity of the moment unless the rule says otherwise, so the limit grows and
shrinks with every price.

>>> from schemas.fields import parse_model
>>> raw = {"id": "one", "family": "pos_pct", "pct": "0.02", "group_by": "symbol"}
>>> parse_model(PosPctParams, raw).pct_base
'equity'

Source: catalogue section 7, "Exposure" (SolanaFunded, low-cap crypto).
"""

from decimal import Decimal
from typing import ClassVar, Literal

from rules.conduct.amounts import against, base, by, largest, notional, share, texts
from rules.conduct.bounds import Bound, Group, within
from rules.conduct.common import Conduct, LevelParams, Measure
from rules.conduct.limits import Base, Symbols, chosen
from rules.conduct.scene import Scene
from rules.conduct.sums import concerned, grouped, limit_of, worth_of
from rules.params import Share


class PosPctParams(LevelParams):
    """Parameters of ``pos_pct``.

    Attributes:
        group_by: a position alone, or all positions in one symbol together.
    """

    family: Literal["pos_pct"]
    pct: Share
    pct_base: Base = "equity"
    group_by: Literal["position", "symbol"] = "position"
    symbols: Symbols | None = None


class PosPct(Conduct):
    """The worth of the largest position."""

    metric: ClassVar[str] = "notional"
    follows_prices: ClassVar[bool] = True

    __slots__ = ()

    def measure(self, scene: Scene) -> Measure | None:
        """Value every position."""
        params = self.params
        held = by(
            (symbol if params.group_by == "symbol" else value.position.id, notional(value))
            for value in scene.values
            if chosen(params.symbols, symbol := value.position.instrument.symbol)
        )
        limit = share(params.pct, base(params.pct_base, scene))
        return against(largest(held), limit, {"groups": texts(held)})

    def bounds(self, scene: Scene, part: Decimal) -> list[Bound]:
        """Return the sums of prices it compares."""
        params = self.params
        held = concerned(scene, params.symbols)
        groups = [Group(worth_of(some)) for some in grouped(held, params.group_by)]
        return within(groups, limit_of(params.pct, params.pct_base, scene), scene, part)
