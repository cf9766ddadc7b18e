"""What rules share that count days from an instant on: the phase's time limit, inactivity."""

from decimal import Decimal
from typing import Any, ClassVar, Literal

from pydantic import field_validator

from rules.api import NEVER
from rules.conduct.common import Conduct, ConductParams, Measure
from rules.conduct.scene import Scene
from rules.params import Whole
from rules.sessions import days_after
from schemas.errors import BadValue
from schemas.instants import instant_text
from schemas.rulesets import Zone


class DayCountParams(ConductParams):
    """Parameters of a rule that counts days.

    Attributes:
        days: how many there are; when the last is over the rule is broken.
        timezone: IANA zone whose days they are: a day ends at the time of day it began.
        comparator: the last day is what is allowed, its end is not.
    """

    comparator: Literal["gte"] = "gte"
    days: Whole
    timezone: Zone = "UTC"

    @field_validator("days")
    @classmethod
    def _some(cls, days: int) -> int:
        if not days:
            raise BadValue("must be at least 1")
        return days


class DayCount(Conduct):
    """Days that have passed since an instant, counted by a timer each.

    A day is counted when it is over and never before, so that what was observed changes at
    timers and events only, whatever prices do in between.
    """

    metric: ClassVar[str] = "days"
    ends_as: ClassVar[Literal["breached", "expired"]] = "expired"

    __slots__ = ("day_end", "passed", "since")

    def __init__(self, params: Any) -> None:
        super().__init__(params)
        self.since: int | None = None
        self.passed = 0
        self.day_end = NEVER

    def restart(self, ts: int) -> None:
        """Count from this instant (ns) on."""
        self.since, self.passed = ts, 0
        self.day_end = days_after(ts, 1, self.params.timezone)

    @property
    def due(self) -> int:
        """The end of the running day."""
        return self.day_end

    def fire(self, scene: Scene) -> None:
        """Count a day."""
        del scene
        assert self.since is not None, "nothing is due before a start"
        self.passed += 1
        over = self.passed >= self.params.days
        ahead = self.passed + 1
        self.day_end = NEVER if over else days_after(self.since, ahead, self.params.timezone)

    def measure(self, scene: Scene) -> Measure | None:
        """Compare the days that have passed with those there are; None before the start."""
        del scene
        if self.since is None:
            return None
        facts = {"since": instant_text(self.since)}
        return Measure(Decimal(self.passed), Decimal(self.params.days), facts)

    def adopt(self, old: "DayCount") -> None:
        """Go on counting."""
        self.since, self.passed, self.day_end = old.since, old.passed, old.day_end
        if self.passed >= self.params.days:
            self.day_end = NEVER
