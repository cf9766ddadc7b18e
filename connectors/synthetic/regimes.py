"""How busy the market is: quiet stretches whose rate drifts, and short bursts after news.

Shaped on the statistics of real recordings: the 90th percentile of a quiet second is about four
times its median, news multiplies the median by ten to thirty for a few seconds and then fades, and
within a second arrivals come in clumps.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

SLICES_PER_SECOND = 10
SLICE_S = 1.0 / SLICES_PER_SECOND

# What news can be about, and how often.
SUBJECTS: tuple[tuple[str, float], ...] = (
    ("dollar", 0.40),
    ("risk", 0.25),
    ("coins", 0.20),
    ("EUR", 0.05),
    ("GBP", 0.05),
    ("JPY", 0.05),
)

QUIET_SPREAD = 0.8  # of the logarithm of a quiet second's rate
QUIET_MEMORY = 0.7  # how much of it one second hands to the next
QUIET_MEAN_S = 20.0
QUIET_LEAST_S = 8.0
BURST_MEAN_S = 2.0
BURST_LEAST_S = 2.0
PEAK_LEAST, PEAK_MOST = 10.0, 30.0
CLUMPING = 1.5  # shape of the gamma that makes 100 ms slices uneven; smaller is clumpier


@dataclass(frozen=True, slots=True)
class Slice:
    """A tenth of a second of the market's mood.

    Args:
        count: quotes that arrive in it.
        heat: 0 when quiet, 1 at the peak of a burst, fading in between.
        subject: what the burst is about; empty when quiet.
        jump: in the slice a burst starts, the direction and size of the news; otherwise 0.
    """

    count: int
    heat: float
    subject: str
    jump: float


class Mood:
    """The endless sequence of slices; alternates quiet stretches and bursts.

    Args:
        rng: the only source of chance.
        ticks_per_second: median rate of a quiet second, over all instruments.
    """

    def __init__(self, rng: np.random.Generator, ticks_per_second: float) -> None:
        self._rng = rng
        self._median = ticks_per_second
        self._drift = 0.0

    def slices(self) -> Iterator[Slice]:
        """Yield slices for ever, beginning with a quiet stretch."""
        while True:
            yield from self._quiet()
            yield from self._burst()

    def _quiet(self) -> Iterator[Slice]:
        length_s = QUIET_LEAST_S + self._rng.exponential(QUIET_MEAN_S - QUIET_LEAST_S)
        for number in range(int(length_s * SLICES_PER_SECOND)):
            if number % SLICES_PER_SECOND == 0:
                self._move_drift()
            yield Slice(self._arrivals(self._median * math.exp(self._drift)), 0.0, "", 0.0)

    def _burst(self) -> Iterator[Slice]:
        rng = self._rng
        subject = _pick(rng.random())
        peak = PEAK_LEAST + (PEAK_MOST - PEAK_LEAST) * rng.random()
        length = int((BURST_LEAST_S + rng.exponential(BURST_MEAN_S)) * SLICES_PER_SECOND)
        jump = math.copysign(0.5 + rng.exponential(0.5), rng.random() - 0.5)
        for number in range(length):
            heat = math.exp(-2.0 * number / length)
            rate = self._median * peak * heat
            yield Slice(self._arrivals(rate), heat, subject, jump if number == 0 else 0.0)

    # One second's rate remembers the one before, so busy minutes and dull ones both exist.
    def _move_drift(self) -> None:
        fresh = QUIET_SPREAD * math.sqrt(1.0 - QUIET_MEMORY**2)
        self._drift = QUIET_MEMORY * self._drift + fresh * self._rng.standard_normal()

    def _arrivals(self, rate: float) -> int:
        clump = self._rng.gamma(CLUMPING) / CLUMPING
        return int(self._rng.poisson(rate * SLICE_S * clump))


def _pick(chance: float) -> str:
    for subject, share in SUBJECTS:
        chance -= share
        if chance < 0:
            return subject
    return SUBJECTS[0][0]
