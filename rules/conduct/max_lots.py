"""An account may not hold more than so many lots, all its positions together.

    lots = Σ |quantity|

Long and short add up. Unlike contracts, lots have no weights: a lot is what the platform calls
one, whatever it is worth.

>>> from schemas.fields import parse_model
>>> parse_model(MaxLotsParams, {"id": "lots", "family": "max_lots", "limit": "40"}).limit
Decimal('40')

Source: catalogue section 7, "Max lots".
"""

from typing import ClassVar, Literal

from rules.conduct.amounts import against, sizes, texts
from rules.conduct.common import Conduct, LevelParams, Measure
from rules.conduct.limits import Quantity, Symbols
from rules.conduct.scene import Scene
from rules.reference.positions import ZERO


class MaxLotsParams(LevelParams):
    """Parameters of ``max_lots``."""

    family: Literal["max_lots"]
    limit: Quantity
    symbols: Symbols | None = None


class MaxLots(Conduct):
    """The sum of everything held."""

    metric: ClassVar[str] = "lots"

    __slots__ = ()

    def measure(self, scene: Scene) -> Measure | None:
        """Add up what is held."""
        held = sizes(scene, self.params.symbols)
        return against(sum(held.values(), ZERO), self.params.limit, {"sizes": texts(held)})
