"""The whole synthetic world: a market, or somebody else's ticks, and the traders acting on it.

Batches come in the order of the journal. An event caused by a tick is stamped after it and, as the
contract merges files, stands before every tick that is not earlier than the event.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from connectors.synthetic.crowd import Crowd
from connectors.synthetic.instruments import mappings
from connectors.synthetic.market import Market
from connectors.synthetic.outbox import Event
from connectors.synthetic.quotes import read_terms
from connectors.synthetic.spoiler import Spoiler
from connectors.synthetic.ticks import Quote, TickColumns, from_quotes
from schemas.instruments import InstrumentTable

NS = 1_000_000_000
# Tuesday 2025-03-11 20:00 UTC: within hours of it every demo ruleset starts a new session.
START_NS = 1_741_723_200 * NS
ROWS = 256  # of a batch of external ticks


@dataclass(frozen=True, slots=True)
class Batch:
    """A piece of the world, in journal order.

    Args:
        ticks: good ticks, as columns.
        events: (number of this batch's ticks that come before it, account event), in order.
        bad_ticks: the same for ticks that are wrong on purpose, as text fields of a record.
        show_s: where in the show the batch ends, in seconds at normal speed.
    """

    ticks: TickColumns
    events: list[tuple[int, Event]]
    bad_ticks: list[tuple[int, Event]]
    show_s: float


@dataclass(frozen=True, slots=True)
class Recording:
    """Somebody else's ticks for the traders to act on.

    Args:
        quotes: (ns, symbol, bid, ask), prices in units of the last price digit.
        instruments: contract-1.1 mappings; its symbols may be more than the recording has.
        pace: seconds of the recording per second of the show.
    """

    quotes: Iterable[Quote]
    instruments: Sequence[Mapping[str, object]]
    pace: float = 60.0


class World:
    """A reproducible stream of ticks and account events; go through `batches()` once.

    Args:
        seed: the same seed and arguments give the same world.
        accounts: how many take part.
        minutes: length of the show at normal speed.
        hours: how far the market's clock goes meanwhile; stamps and prices move accordingly.
        ticks_per_second: median rate of a quiet second of the show.
        start_ns: time of the first tick.
        bad_inputs: share of ticks and of fills that get a bad twin.
        recording: ticks to use instead of a synthetic market; its length and pace count then.

    Attributes:
        instruments: contract-1.1 mappings of what is traded.
        table: the same, listed; the ticks' symbols are its numbers.
        pace: market seconds per second of the show.
    """

    def __init__(
        self,
        seed: int = 7,
        accounts: int = 2_000,
        minutes: float = 1.5,
        *,
        hours: float = 30.0,
        ticks_per_second: float = 150.0,
        start_ns: int = START_NS,
        bad_inputs: float = 0.0,
        recording: Recording | None = None,
    ) -> None:
        for_market, for_crowd, for_spoiler = np.random.SeedSequence(seed).spawn(3)
        source = mappings() if recording is None else recording.instruments
        self.instruments = [dict(one) for one in source]
        self.table = InstrumentTable.parse(self.instruments)
        self._ticks: Iterator[TickColumns]
        if recording is None:
            self.pace = hours * 60.0 / minutes
            market = Market(for_market, minutes, ticks_per_second, start_ns, self.pace)
            self._ticks = market.chunks()
        else:
            self.pace = recording.pace
            self._ticks = from_quotes(recording.quotes, list(self.table.index), ROWS)
        self._terms = read_terms(self.table)
        self._crowd = Crowd(for_crowd, accounts, self.table, self.pace)
        self._spoiler = Spoiler(for_spoiler, bad_inputs) if bad_inputs else None

    @property
    def bad_made(self) -> dict[str, int]:
        """Return how many bad inputs were made so far, by the contract's code (and `duplicate`)."""
        return dict(self._spoiler.made) if self._spoiler else {}

    def batches(self) -> Iterator[Batch]:
        """Yield the world piece by piece, in bounded memory."""
        first_ns: int | None = None
        end_ns = 0
        for ticks in self._ticks:
            if first_ns is None and len(ticks):
                first_ns = int(ticks.ts[0])
            end_ns = ticks.horizon_ns
            yield self._play(ticks, self._show_s(first_ns, end_ns))
        rest = self._take(1 << 62, 0)
        if rest:
            yield Batch(_nothing(end_ns), rest, [], self._show_s(first_ns, end_ns))

    def _show_s(self, first_ns: int | None, now_ns: int) -> float:
        return 0.0 if first_ns is None else (now_ns - first_ns) / (self.pace * NS)

    def _play(self, ticks: TickColumns, show_s: float) -> Batch:
        crowd, pending, spoiler = self._crowd, self._crowd.outbox.pending, self._spoiler
        events: list[tuple[int, Event]] = []
        bad: list[tuple[int, Event]] = []
        rows = zip(
            ticks.ts.tolist(),
            ticks.symbol.tolist(),
            ticks.bid.tolist(),
            ticks.ask.tolist(),
            strict=True,
        )
        for at, (ts, symbol, bid, ask) in enumerate(rows):
            if not crowd.begun:
                crowd.begin(ts)
            if pending and pending[0][0] <= ts:
                events += self._take(ts, at)
            crowd.on_tick(ts, symbol, bid, ask)
            if spoiler and (twin := spoiler.tick(ts, self._terms[symbol], bid, ask)):
                bad.append((at + 1, twin))
        # An event at the horizon may still have to stand before the next batch's first tick.
        events += self._take(ticks.horizon_ns, len(ticks))
        return Batch(ticks, events, bad, show_s)

    # Events up to an instant, and their bad twins, placed after `at` ticks of the batch.
    def _take(self, through_ns: int, at: int) -> list[tuple[int, Event]]:
        pending, spoiler = self._crowd.outbox.pending, self._spoiler
        taken: list[tuple[int, Event]] = []
        while pending and pending[0][0] <= through_ns:
            event = pending.popleft()[1]
            taken.append((at, event))
            if spoiler and (twin := spoiler.event(event)):
                taken.append((at, twin))
        return taken


def _nothing(horizon_ns: int) -> TickColumns:
    longs = np.empty(0, dtype=np.int64)
    return TickColumns(longs, longs.astype(np.int32), longs, longs, horizon_ns)
