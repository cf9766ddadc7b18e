"""An account that does not trade for so many days expires.

    broken when `days` days have passed since the last fill (or the last one that opened)

Before the first fill the days count from the opening of the account. A position that is merely
held is no activity. A hard breach ends the account as ``expired``.

Source: catalogue section 10, "Inactivity".
"""

from typing import Literal

from rules.conduct.day_count import DayCount, DayCountParams
from rules.conduct.facts import Fact, Filled
from rules.conduct.scene import Scene


class InactivityParams(DayCountParams):
    """Parameters of ``inactivity``.

    Attributes:
        counts: what activity is: any fill, or only one that opens or adds.
    """

    family: Literal["inactivity"]
    counts: Literal["trades", "opens"] = "trades"


class Inactivity(DayCount):
    """Days since one account last traded."""

    __slots__ = ()

    def open(self, scene: Scene) -> None:
        """Count from here on."""
        self.restart(scene.ts)

    def observe(self, fact: Fact, scene: Scene) -> None:
        """Start anew with a fill."""
        if isinstance(fact, Filled) and (fact.opened or self.params.counts == "trades"):
            self.restart(scene.ts)
