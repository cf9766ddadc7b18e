"""What an account holds without a protective stop may not be worth too much of its money.

    unprotected notional of one position ≤ no_sl_single_pct × base
    unprotected notional of all together ≤ no_sl_total_pct × base

With a stop on it a position does not count, however far away the stop is. Of the two limits the
one that is used more is shown.

>>> from schemas.fields import parse_model
>>> raw = {"id": "bare", "family": "exposure", "no_sl_single_pct": "0.03"}
>>> parse_model(ExposureParams, raw).pct_base
'initial'

Source: catalogue section 7, "Exposure" (HyroTrader, spot).
"""

from decimal import Decimal
from typing import ClassVar, Literal, Self

from pydantic import model_validator

from rules.conduct.amounts import against, base, largest, notional, share, texts
from rules.conduct.bounds import Bound, Group, within
from rules.conduct.common import Conduct, LevelParams, Measure
from rules.conduct.limits import Base, Symbols, chosen
from rules.conduct.scene import Scene
from rules.conduct.sums import concerned, limit_of, worth_of
from rules.params import Share
from rules.reference.positions import ZERO
from schemas.errors import BadValue


class ExposureParams(LevelParams):
    """Parameters of ``exposure``; at least one of the two shares."""

    family: Literal["exposure"]
    no_sl_single_pct: Share | None = None
    no_sl_total_pct: Share | None = None
    pct_base: Base = "initial"
    symbols: Symbols | None = None

    @model_validator(mode="after")
    def _limits(self) -> Self:
        single, total = self.no_sl_single_pct, self.no_sl_total_pct
        if single is None and total is None:
            raise BadValue("this or `no_sl_total_pct` is required", "no_sl_single_pct")
        if single is not None and total is not None and single > total:
            raise BadValue("must not be above `no_sl_total_pct`", "no_sl_single_pct")
        return self


class Exposure(Conduct):
    """The worth of what no stop protects."""

    metric: ClassVar[str] = "unprotected_notional"
    follows_prices: ClassVar[bool] = True

    __slots__ = ()

    def measure(self, scene: Scene) -> Measure | None:
        """Value what is unprotected, one by one and together."""
        params = self.params
        bare = {
            value.position.id: notional(value)
            for value in scene.values
            if value.position.stop_loss is None
            and chosen(params.symbols, value.position.instrument.symbol)
        }
        whole = base(params.pct_base, scene)
        found = [
            against(observed, share(pct, whole), {"scope": scope, "notionals": texts(bare)})
            for scope, pct, observed in (
                ("single", params.no_sl_single_pct, largest(bare)),
                ("total", params.no_sl_total_pct, sum(bare.values(), ZERO)),
            )
            if pct is not None
        ]
        return _tightest([measure for measure in found if measure is not None])

    def bounds(self, scene: Scene, part: Decimal) -> list[Bound]:
        """Return the sums of prices it compares, one by one and together."""
        params = self.params
        bare = [held for held in concerned(scene, params.symbols) if held.stop_loss is None]
        found = []
        for pct, some in (
            (params.no_sl_single_pct, [[held] for held in bare]),
            (params.no_sl_total_pct, [bare] if bare else []),
        ):
            if pct is not None:
                limit = limit_of(pct, params.pct_base, scene)
                found += within([Group(worth_of(each)) for each in some], limit, scene, part)
        return found


# Compared crosswise: a share of use would have to be rounded.
def _tightest(measures: list[Measure]) -> Measure | None:
    tightest = None
    for measure in measures:
        if (
            tightest is None
            or measure.observed * tightest.limit > tightest.observed * measure.limit
        ):
            tightest = measure
    return tightest
