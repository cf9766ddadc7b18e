"""No opposite positions at the same time, in one instrument or in instruments that move together.

    overlap = since both a long and a short position have been open
    broken  = an overlap of a pair lasts `min_overlap_s` seconds (0: it exists at all)

Of each instrument or group the oldest long and the oldest short position make the pair. A pair is
said once; the next pair of the group is another violation.

Source: catalogue section 10, "Hedging".
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from rules.api import NEVER
from rules.conduct.common import SECOND, Deed, Measure
from rules.conduct.facts import Fact, Filled
from rules.conduct.limits import Symbols, chosen
from rules.conduct.scene import Scene
from rules.conduct.scope import ScopedParams
from rules.params import Whole
from schemas.fields import FROM_LIST
from schemas.instants import instant_text

if TYPE_CHECKING:
    from rules.reference.positions import Position

    Pair = tuple[Position, Position]


class HedgingParams(ScopedParams):
    """Parameters of ``hedging``.

    Attributes:
        groups: lists of patterns of instruments that count as one; each counts by itself anyway.
        min_overlap_s: how long opposite positions must overlap, seconds.
    """

    family: Literal["hedging"]
    groups: Annotated[tuple[Symbols, ...], FROM_LIST] = ()
    min_overlap_s: Whole = 0


class Hedging(Deed):
    """The opposite positions of one account."""

    metric: ClassVar[str] = "opposite_pairs"

    __slots__ = ("counted_from", "next_due", "told")

    def __init__(self, params: HedgingParams) -> None:
        super().__init__(params)
        self.next_due = NEVER
        self.counted_from = 0
        self.told: set[tuple[str, int, str, int]] = set()

    def open(self, scene: Scene) -> None:
        """See which pairs there are; they get the time of new ones."""
        self.counted_from = scene.ts
        overs = (max(self._over(pair), scene.ts + 1) for pair in self._pairs(scene))
        self.next_due = min(overs, default=NEVER)

    def observe(self, fact: Fact, scene: Scene) -> None:
        """Look at the pairs after a fill."""
        if isinstance(fact, Filled):
            self._judge(scene)

    @property
    def due(self) -> int:
        """When the next pair will have overlapped for too long, ns."""
        return self.next_due

    def fire(self, scene: Scene) -> None:
        """Look at the pairs whose time has come."""
        self._judge(scene)

    def adopt(self, old: "Hedging") -> None:
        """Keep what was said, and the time that runs."""
        self.told = set(old.told)
        self.counted_from = old.counted_from
        self.next_due = min(self.next_due, old.next_due)

    def _over(self, pair: "Pair") -> int:
        since = max(overlap_start(pair), self.counted_from)
        return since + int(self.params.min_overlap_s) * SECOND

    def _judge(self, scene: Scene) -> None:
        self.next_due, standing, broken = NEVER, set(), []
        for pair in self._pairs(scene):
            key = _key(pair)
            standing.add(key)
            over = self._over(pair)
            if key in self.told:
                continue
            if over > scene.ts:
                self.next_due = min(self.next_due, over)
            else:
                broken.append(pair)
                self.told.add(key)
        self.told &= standing
        if broken:
            facts = {"pairs": [_facts(pair) for pair in broken]}
            self.found = Measure(Decimal(len(broken)), Decimal(0), facts)

    def _pairs(self, scene: Scene) -> "Iterator[Pair]":
        """Yield the oldest opposite positions of every instrument and group, each pair once."""
        positions = [
            position
            for position in scene.positions.values()
            if self.params.concerns(position.instrument.symbol)
        ]
        seen = set()
        for members in self._members(positions):
            long = [position for position in members if position.side > 0]
            short = [position for position in members if position.side < 0]
            if long and short:
                pair = _oldest(long), _oldest(short)
                if _key(pair) not in seen:
                    seen.add(_key(pair))
                    yield pair

    def _members(self, positions: "list[Position]") -> "Iterator[list[Position]]":
        for symbol in dict.fromkeys(position.instrument.symbol for position in positions):
            yield [position for position in positions if position.instrument.symbol == symbol]
        for group in self.params.groups:
            yield [position for position in positions if chosen(group, position.instrument.symbol)]


def overlap_start(pair: "Pair") -> int:
    """Return since when both positions of a pair have been open, ns."""
    return max(position.opened_at for position in pair)


def _oldest(positions: "list[Position]") -> "Position":
    return min(positions, key=lambda position: position.opened_at)


def _key(pair: "Pair") -> tuple[str, int, str, int]:
    long, short = pair
    return long.id, long.opened_at, short.id, short.opened_at


def _facts(pair: "Pair") -> dict[str, str]:
    long, short = pair
    return {
        "long": long.id,
        "long_symbol": long.instrument.symbol,
        "short": short.id,
        "short_symbol": short.instrument.symbol,
        "overlap_from": instant_text(overlap_start(pair)),
    }
