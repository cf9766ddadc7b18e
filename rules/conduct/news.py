"""No trade around a scheduled release that concerns the instrument.

    window  = [release − window_before_s, release + window_after_s]      both ends included
    broken  = a fill of the kind that counts inside a window

A release concerns an instrument by its symbols, else by its currency, else in any case. A stop
or a target that is filled inside the window counts as well, unless ``protective`` is ``exempt``.
With ``holding: forbidden`` no position may be open inside a window either: the rule looks when
the window opens, before any input of that instant.

Source: catalogue section 9, "News"; contract 1.3, ``calendar.published``.
"""

from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator

from rules.api import NEVER
from rules.conduct.common import SECOND, Deed, Measure
from rules.conduct.facts import Fact, Filled
from rules.conduct.scene import Scene
from rules.conduct.scope import ScopedParams, listed
from rules.conduct.trading_hours import FillKind, counts
from rules.params import Whole
from schemas.fields import Text
from schemas.instants import instant_text

if TYPE_CHECKING:
    from schemas.instruments import Instrument
    from schemas.market_events import NewsEvent

_PROTECTIVE = frozenset({"stop_loss", "take_profit"})


class NewsParams(ScopedParams):
    """Parameters of ``news``.

    Attributes:
        window_before_s: seconds before a release.
        window_after_s: seconds after it.
        impacts: only releases of these impacts, as the calendar words them; any when left out.
        fills: which fills count: those that open or add, those that reduce or close, or all.
        protective: whether the fill of a stop or a target counts.
        holding: whether a position may be open inside a window.
    """

    family: Literal["news"]
    window_before_s: Whole
    window_after_s: Whole
    impacts: Annotated[tuple[Text, ...] | None, BeforeValidator(listed)] = None
    fills: FillKind = "all"
    protective: Literal["counts", "exempt"] = "counts"
    holding: Literal["allowed", "forbidden"] = "allowed"


class News(Deed):
    """The releases as they bind one account."""

    metric: ClassVar[str] = "trades_in_window"
    follows_calendar: ClassVar[bool] = True

    __slots__ = ("_due", "held")

    def __init__(self, params: NewsParams) -> None:
        super().__init__(params)
        self._due = NEVER
        self.held: set[tuple[str, int, str]] = set()  # what was said: position, opening, release

    def open(self, scene: Scene) -> None:
        """Wait for the next window."""
        self.calendar_changed(scene)

    def calendar_changed(self, scene: Scene) -> None:
        """Wait for the next window of this calendar; one that is open already is looked at next."""
        if self.params.holding == "forbidden":
            open_now = any(self._releases(p.instrument, scene) for p in scene.positions.values())
            self._due = scene.ts + 1 if open_now else self._next(scene)

    @property
    def due(self) -> int:
        """The start of the next window, when holding is judged."""
        return self._due

    def fire(self, scene: Scene) -> None:
        """Look at what is held into a window."""
        self._due = self._next(scene)
        facts, seen = [], set()
        for position in scene.positions.values():
            for release in self._releases(position.instrument, scene):
                key = position.id, position.opened_at, release.id
                seen.add(key)
                if key not in self.held:
                    facts.append(self._facts(release) | {"position_id": position.id})
        self.held = seen
        if facts:
            self.found = Measure(
                Decimal(len(facts)), Decimal(0), {"held": facts}, "positions_in_window"
            )

    def observe(self, fact: Fact, scene: Scene) -> None:
        """Look up what is released around a fill."""
        if not isinstance(fact, Filled) or not self._counts(fact):
            return
        releases = self._releases(fact.instrument, scene)
        if releases:
            fill = fact.fill
            facts = {"fill_id": fill.fill_id, "symbol": fill.symbol, "reason": fill.reason}
            shown = [self._facts(release) for release in releases]
            self.found = Measure(Decimal(1), Decimal(0), {**facts, "releases": shown})
            if fact.position is not None:  # held as well, and said
                key = fact.position_id, fact.position.opened_at
                self.held |= {(*key, release.id) for release in releases}

    def adopt(self, old: "News") -> None:
        """Keep what was said."""
        self.held = set(old.held)

    def _counts(self, fact: Filled) -> bool:
        params = self.params
        if params.holding == "forbidden" and fact.opened:
            return True  # who may not hold may not open
        if params.protective == "exempt" and fact.fill.reason in _PROTECTIVE:
            return False
        return counts(params.fills, fact)

    def _releases(self, instrument: "Instrument", scene: Scene) -> "list[NewsEvent]":
        params = self.params
        if not params.concerns(instrument.symbol):
            return []
        opens = scene.ts - params.window_after_s * SECOND
        closes = scene.ts + params.window_before_s * SECOND
        return scene.calendar.news(instrument, opens, closes, params.impacts or ())

    def _next(self, scene: Scene) -> int:
        ahead = self.params.window_before_s * SECOND
        release = scene.calendar.next_release(scene.ts + ahead, self.params.impacts or ())
        return NEVER if release is None else release.ts - ahead

    def _facts(self, release: "NewsEvent") -> dict[str, Any]:
        return {
            "release": release.id,
            "title": release.title,
            "released_at": instant_text(release.ts),
            "window_from": instant_text(release.ts - self.params.window_before_s * SECOND),
            "window_to": instant_text(release.ts + self.params.window_after_s * SECOND),
        }
