"""The synthetic market: a seeded stream of quotes of the 40 instruments.

Assets walk in small steps driven by three common factors (the dollar, the mood for risk, coins) and
noise of their own; a quote samples the walk, rounds to the instrument's last digit and never
crosses. Floating point is fine here: nothing is judged before a price is an integer. Only sums,
products and divisions touch prices, so a seed gives the same bytes on every machine.
"""

from collections.abc import Iterator, Sequence
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from connectors.synthetic.assets import ASSETS
from connectors.synthetic.instruments import LISTINGS
from connectors.synthetic.regimes import SLICE_S, SLICES_PER_SECOND, Mood, Slice
from connectors.synthetic.ticks import Longs, TickColumns

NS = 1_000_000_000
DAY_S = 86_400.0
GAP_NS = 1_000  # at least this much between two quotes, so events fit in between
CHUNK_SLICES = 5
BURST_MOVE = 3.0  # how much livelier the walk is at the peak of a burst
BURST_FOCUS = 4.0  # how much of a burst's quotes go to what the news is about
BURST_SPREAD = 5.0  # how much spreads widen there
WALL = 0.6  # a walk stops at this relative distance from its start; prices stay positive
SPRING_S = 600.0  # show seconds in which a walk forgets most of its distance
FULL_NEWS_PACE = 1_200.0  # from this pace on, news moves prices by a usual day's move

Floats = NDArray[np.float64]


class Market:
    """A finite stretch of synthetic quotes, made chunk by chunk in bounded memory.

    Args:
        seed: of numpy's PCG64; the same seed and arguments give the same columns.
        minutes: length of the show: activity minutes, at the pace people watch.
        ticks_per_second: median of a quiet second of the show, all instruments together.
        start_ns: time of the first quote.
        pace: market seconds per second of the show; prices move, and time stamps advance, that
            much faster than the quotes come.
    """

    def __init__(
        self,
        seed: int | np.random.SeedSequence,
        minutes: float,
        ticks_per_second: float = 25.0,
        start_ns: int = 1_741_723_200 * NS,
        pace: float = 1.0,
    ) -> None:
        self._rng = np.random.Generator(np.random.PCG64(seed))
        self._mood = Mood(self._rng, ticks_per_second)
        self._slices = round(minutes * 60 * SLICES_PER_SECOND)
        self._slice_ns = round(SLICE_S * pace * NS)
        self._start_ns = self._last_ns = start_ns
        self._walk = np.zeros(len(ASSETS))
        self._step = (SLICE_S * pace / DAY_S) ** 0.5
        # Bursts come at the show's pace, so a slow market clock must have smaller ones.
        self._news = min(1.0, (pace / FULL_NEWS_PACE) ** 0.25)
        self._tables()

    # Columns per instrument and per asset, in listing order.
    def _tables(self) -> None:
        place = {asset.name: number for number, asset in enumerate(ASSETS)}
        self._base = np.array([place[one.base] for one in LISTINGS])
        self._measure = np.array([place[one.measure] for one in LISTINGS])
        self._scale = np.array([float(one.start_points) for one in LISTINGS])
        self._spread = np.array([float(one.spread) for one in LISTINGS])
        self._busy = np.array([one.busy for one in LISTINGS])
        self._loads = {
            "dollar": np.array([asset.dollar for asset in ASSETS]),
            "risk": np.array([asset.risk for asset in ASSETS]),
            "coins": np.array([asset.coins for asset in ASSETS]),
        }
        for name in ("EUR", "GBP", "JPY"):
            self._loads[name] = np.array([float(asset.name == name) for asset in ASSETS])
        self._own = np.array([asset.own for asset in ASSETS])
        self._day_move = np.array([asset.day_move for asset in ASSETS])
        # How strongly news on a subject is felt by an instrument: by what moves its ratio.
        self._touch = {
            subject: np.abs(load[self._base] - load[self._measure])
            for subject, load in self._loads.items()
        }

    def chunks(self) -> Iterator[TickColumns]:
        """Yield the opening round, then half a second of the show at a time."""
        yield self._opening()
        mood = islice(self._mood.slices(), self._slices)
        done = 0
        while slices := list(islice(mood, CHUNK_SLICES)):
            yield self._chunk(slices, done)
            done += len(slices)

    # Every instrument quotes once at the start, so that conversions are known from then on.
    def _opening(self) -> TickColumns:
        symbol = np.arange(len(LISTINGS), dtype=np.int32)
        ts = self._start_ns + GAP_NS * np.arange(len(LISTINGS), dtype=np.int64)
        spread = np.floor(self._spread)
        bid = np.floor(self._scale - spread / 2).astype(np.int64)
        self._last_ns = int(ts[-1])
        return TickColumns(ts, symbol, bid, bid + spread.astype(np.int64), self._last_ns + 1)

    def _chunk(self, slices: Sequence[Slice], done: int) -> TickColumns:
        counts = np.array([one.count for one in slices])
        path = self._steps(slices)
        at = np.repeat(np.arange(len(slices)), counts)
        within = self._rng.random(len(at))
        symbol = self._symbols(slices)
        heat = np.repeat(np.array([one.heat for one in slices]), counts)
        order = np.lexsort((within, at))
        within = within[order]
        bid, ask = self._quotes(path, at, within, symbol, heat * self._felt(slices, at, symbol))
        first = self._start_ns + done * self._slice_ns
        ts = self._times(first, at, within)
        horizon_ns = max(first + len(slices) * self._slice_ns, self._last_ns + 1)
        return TickColumns(ts, symbol.astype(np.int32), bid, ask, horizon_ns)

    # The assets' walks at the slices' edges: float64[slices + 1, assets]; row 0 is the present.
    def _steps(self, slices: Sequence[Slice]) -> Floats:
        rng = self._rng
        noise = rng.standard_normal((len(slices), len(ASSETS))) * self._own
        for subject in ("dollar", "risk", "coins"):
            noise += rng.standard_normal(len(slices))[:, None] * self._loads[subject]
        lively = np.array([1.0 + (BURST_MOVE - 1.0) * one.heat for one in slices])
        moves = noise * (lively * self._step)[:, None]
        for row, one in enumerate(slices):
            if one.jump:
                moves[row] += one.jump * self._news * self._loads[one.subject]
        moves *= self._day_move
        path = np.empty((len(slices) + 1, len(ASSETS)))
        path[0] = self._walk
        for row, move in enumerate(moves):
            path[row + 1] = np.clip(path[row] * (1.0 - SLICE_S / SPRING_S) + move, -WALL, WALL)
        self._walk = path[-1]
        return path

    def _symbols(self, slices: Sequence[Slice]) -> Longs:
        parts = [self._choose(one) for one in slices]
        return np.concatenate(parts) if parts else np.empty(0, dtype=np.int64)

    def _choose(self, one: Slice) -> Longs:
        weight = self._busy
        if one.subject:
            weight = weight * (1.0 + BURST_FOCUS * one.heat * self._touch[one.subject])
        ladder = np.cumsum(weight)
        drawn = self._rng.random(one.count) * ladder[-1]
        chosen: Longs = np.searchsorted(ladder, drawn, side="right")
        return chosen

    # 0..1 per quote: how much of the burst's heat its instrument feels.
    def _felt(self, slices: Sequence[Slice], at: Longs, symbol: Longs) -> Floats:
        calm = np.zeros(len(LISTINGS))
        rows = np.array([self._touch[one.subject] if one.subject else calm for one in slices])
        felt: Floats = np.minimum(1.0, 0.2 + rows[at, symbol])
        return felt

    def _quotes(
        self, path: Floats, at: Longs, within: Floats, symbol: Longs, heat: Floats
    ) -> tuple[Longs, Longs]:
        rng = self._rng
        base, measure = self._base[symbol], self._measure[symbol]
        top = path[at, base] + (path[at + 1, base] - path[at, base]) * within
        under = path[at, measure] + (path[at + 1, measure] - path[at, measure]) * within
        usual = self._spread[symbol]
        jitter = usual * 0.15 * rng.standard_normal(len(at))
        middle = self._scale[symbol] * (1.0 + top) / (1.0 + under) + jitter
        # Tight instruments lock now and then: half a digit's spread floors to none.
        width = np.floor(usual * (0.4 + 1.2 * rng.random(len(at))) * (1.0 + BURST_SPREAD * heat))
        bid = np.maximum(1, np.floor(middle - width / 2)).astype(np.int64)
        return bid, bid + width.astype(np.int64)

    # Strictly increasing, whole microseconds apart, also across chunks.
    def _times(self, first_ns: int, at: Longs, within: Floats) -> Longs:
        offset = np.floor(within * self._slice_ns).astype(np.int64)
        wanted = (first_ns + at * self._slice_ns + offset) // GAP_NS * GAP_NS
        stairs = GAP_NS * np.arange(len(at), dtype=np.int64)
        if len(at):
            wanted[0] = max(int(wanted[0]), self._last_ns + GAP_NS)
            wanted = np.maximum.accumulate(wanted - stairs) + stairs
            self._last_ns = int(wanted[-1])
        return wanted
