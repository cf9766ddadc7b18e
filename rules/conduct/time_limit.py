"""A phase that is not passed within so many calendar days expires.

    broken when `days` days have passed since the account was opened (or since its first fill)

A hard breach ends the account as ``expired``. An input at the very end comes too late.

Source: catalogue section 10, "Time limits".
"""

from typing import Literal

from rules.conduct.day_count import DayCount, DayCountParams
from rules.conduct.facts import Fact, Filled
from rules.conduct.scene import Scene


class TimeLimitParams(DayCountParams):
    """Parameters of ``time_limit``.

    Attributes:
        starts: what the days are counted from.
    """

    family: Literal["time_limit"]
    starts: Literal["opening", "first_trade"] = "opening"


class TimeLimit(DayCount):
    """Days one account has been in its phase."""

    __slots__ = ()

    def open(self, scene: Scene) -> None:
        """Count from here on, unless the first trade is waited for."""
        if self.params.starts == "opening":
            self.restart(scene.ts)

    def observe(self, fact: Fact, scene: Scene) -> None:
        """Count from the first trade on."""
        if isinstance(fact, Filled) and self.since is None:
            self.restart(scene.ts)
