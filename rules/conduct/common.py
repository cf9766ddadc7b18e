"""What every conduct rule shares: a measure against a limit, events it takes note of, timers.

A conduct rule is one of two kinds. A *level* (lots held, exposure, floating loss) can be measured
at every step and is broken while the measure is beyond its limit. A *deed* (a fill inside a news
window, a stop removed) is broken in the step in which it happens, and measures nothing otherwise.

    observe(fact)   after an event of the account was booked
    fire()          at the instant the rule asked for by ``due``
    measure()       in every judged step: what is observed, and what is allowed

Source: catalogue sections 7 to 11.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, ClassVar, Literal, NamedTuple, Self

from pydantic import model_validator

from rules.api import NEVER
from rules.conduct.bounds import Bound
from rules.conduct.facts import Fact
from rules.conduct.scene import Scene
from rules.params import Whole
from rules.response import RuleParams
from schemas.errors import BadValue

SECOND = 1_000_000_000
"""Nanoseconds."""


class ConductParams(RuleParams):
    """Parameters every conduct rule takes.

    Attributes:
        comparator: ``gt``: the limit itself is allowed; ``gte``: touching it is a breach.
        strikes_to_hard: every violation counts, and the one of this number is a hard breach.
    """

    comparator: Literal["gt", "gte"] = "gt"
    strikes_to_hard: Whole | None = None

    @model_validator(mode="after")
    def _strikes(self) -> Self:
        if self.strikes_to_hard is None:
            return self
        if self.strikes_to_hard < 1:
            raise BadValue("must be at least 1", "strikes_to_hard")
        if self.breach_kind == "hard" and self.strikes_to_hard > 1:
            raise BadValue("needs `breach_kind: flag` or `pause` for the others", "strikes_to_hard")
        return self

    def crosses(self, observed: Decimal, limit: Decimal) -> bool:
        """Tell whether ``observed`` is beyond ``limit``."""
        return observed >= limit if self.comparator == "gte" else observed > limit


class LevelParams(ConductParams):
    """Parameters of a rule that may be put right again: ``grace_s`` seconds to do so.

    Attributes:
        grace_s: a violation counts when it lasts this long, seconds; at once when left out.
        cures_allowed: how many times there is grace; always when left out.
    """

    grace_s: Whole | None = None
    cures_allowed: Whole | None = None

    @model_validator(mode="after")
    def _cures_need_grace(self) -> Self:
        if self.cures_allowed is not None and self.grace_s is None:
            raise BadValue("has no meaning without `grace_s`", "cures_allowed")
        return self


class Measure(NamedTuple):
    """What a rule found: both in the rule's own unit (lots, account currency, a count).

    ``facts`` go into the evidence as they are: texts, so that anyone can recompute the measure.
    ``metric`` is for a rule that measures more than one thing; else the rule's own is meant.
    """

    observed: Decimal
    limit: Decimal
    facts: Mapping[str, Any] = {}
    metric: str = ""


class Conduct:
    """One conduct rule of one account. Families override what concerns them.

    Class attributes:
        metric: what ``observed`` counts, as decisions name it.
        follows_prices: a tick alone can break it.
        follows_calendar: its timers depend on the calendar published last.
        ends_as: the state a hard breach leads to.
    """

    metric: ClassVar[str]
    follows_prices: ClassVar[bool] = False
    follows_calendar: ClassVar[bool] = False
    ends_as: ClassVar[Literal["breached", "expired"]] = "breached"

    __slots__ = ("params",)

    def __init__(self, params: Any) -> None:
        self.params = params

    @property
    def deed(self) -> bool:
        """It is broken by an event, not by a level."""
        return False

    def open(self, scene: Scene) -> None:
        """Begin, when the account is opened or moved to a version that has this rule."""

    def observe(self, fact: Fact, scene: Scene) -> None:
        """Take note of an event of the account."""

    @property
    def due(self) -> int:
        """The next instant at which to ``fire``, ns; ``NEVER`` for none."""
        return NEVER

    def fire(self, scene: Scene) -> None:
        """Take note that the instant ``due`` has come; ``due`` must move on."""

    def start_session(self, scene: Scene) -> None:
        """Take note that a new session of this rule begins; ``scene`` is just before it."""

    def calendar_changed(self, scene: Scene) -> None:
        """Take note of another version of the calendar."""

    def measure(self, scene: Scene) -> Measure | None:
        """Return what is to be compared in this step; None when there is nothing."""
        raise NotImplementedError

    def bounds(self, scene: Scene, part: Decimal) -> Sequence[Bound] | None:
        """Return the sums that stay above their levels until ``part`` of the limit is used.

        Only asked of rules that follow prices. None, as here, has every tick looked at.
        """
        del scene, part
        return None

    def outlook(self, scene: Scene) -> Measure | None:
        """Return where the rule stands, for reports; None where a deed has no standing."""
        return None if self.deed else self.measure(scene)

    def settled(self) -> None:
        """Forget what concerned only the step that has just been judged."""

    def adopt(self, old: Any) -> None:
        """Take over what the same rule knew under an earlier version."""


class Deed(Conduct):
    """A rule broken by a deed: ``found`` holds what this step's event did.

    ``reminded`` is what may still be put right: it is said as a warning of level 1.
    """

    __slots__ = ("found", "reminded")

    def __init__(self, params: Any) -> None:
        super().__init__(params)
        self.found: Measure | None = None
        self.reminded: Measure | None = None

    @property
    def deed(self) -> bool:
        """It is broken by an event."""
        return True

    def measure(self, scene: Scene) -> Measure | None:
        """Return the deed of this step."""
        del scene
        return self.found

    def settled(self) -> None:
        """Forget it."""
        self.found = None
        self.reminded = None
