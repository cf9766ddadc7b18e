"""What the demo plays: a synthetic market, or a recording, with synthetic traders in it."""

from collections import deque
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import orjson

from connectors.bad_file import BadFile
from connectors.files import ByteSource
from connectors.recording.batch import TickBatch
from connectors.recording.listing import Listing
from connectors.recording.open import open_recording
from connectors.sequencer import TICK_FIELDS
from connectors.synthetic.instruments import mappings
from connectors.synthetic.ticks import Quote
from connectors.synthetic.world import Batch, Recording, World
from schemas.instruments import InstrumentTable

BAD_INPUTS = 0.002
"""Share of inputs with a bad twin, so that dead letters can be seen at work."""
_DIGITS_MAX = 8
_NS = 1_000_000_000


Refused = tuple[int, dict[str, object]]
"""How many good rows come before a refused one, and its fields."""


class Play(NamedTuple):
    """A world to be played.

    Attributes:
        world: it makes the traders and, if synthetic, the ticks.
        refused: rows of a recording nobody can read, after so many good ones; filled on the way.
    """

    world: World
    refused: deque[Refused]

    def batches(self) -> Iterator[Batch]:
        """Yield the world, with the rows a recording has that nobody can read."""
        ticks = 0
        for batch in self.world.batches():
            ticks += len(batch.ticks)
            bad = list(batch.bad_ticks)
            while self.refused and self.refused[0][0] <= ticks:
                after, row = self.refused.popleft()
                bad.append((after - ticks + len(batch.ticks), row))
            yield replace(batch, bad_ticks=sorted(bad, key=lambda item: item[0]))


def synthetic(seed: int, accounts: int, minutes: float) -> Play:
    """Make a synthetic market with traders."""
    return Play(World(seed, accounts, minutes, bad_inputs=BAD_INPUTS), deque())


def recorded(path: Path, seed: int, accounts: int, minutes: float) -> Play:
    """Make traders on a recording, which is played in so many minutes.

    Raises:
        BadFile: it cannot be read, or names none of the demo's instruments.
    """
    instruments = mappings()
    digits, span_ns = _survey(path, instruments)
    for one in instruments:
        found = digits.get(str(one["symbol"]), 0)
        one["price_digits"] = max(int(str(one["price_digits"])), found)
    refused: deque[Refused] = deque()
    pace = max(1.0, span_ns / _NS / (minutes * 60))
    recording = Recording(_quotes(path, instruments, refused), instruments, pace)
    return Play(World(seed, accounts, minutes, recording=recording), refused)


# Reads the recording with all the digits there can be, to learn how many it has and its length.
def _survey(path: Path, instruments: list[dict[str, object]]) -> tuple[dict[str, int], int]:
    finest = [one | {"price_digits": _DIGITS_MAX} for one in instruments]
    names = [str(one["symbol"]) for one in instruments]
    digits: dict[str, int] = {}
    first = last = 0
    for batch in _batches(path, finest):
        if not len(batch.ts):
            continue
        first, last = first or int(batch.ts[0]), int(batch.ts[-1])
        for symbol in np.unique(batch.symbol).tolist():
            rows = batch.symbol == symbol
            prices = np.concatenate([batch.bid[rows], batch.ask[rows]])
            digits[names[symbol]] = max(digits.get(names[symbol], 0), _decimals(prices))
    if not digits:
        raise BadFile(str(path), f"has no good tick of {', '.join(names[:3])} … or {names[-1]}")
    return digits, last - first


def _decimals(prices: "np.typing.NDArray[np.int64]") -> int:
    digits = _DIGITS_MAX
    while digits and not bool((prices % 10 ** (_DIGITS_MAX - digits + 1)).any()):
        digits -= 1
    return digits


def _quotes(
    path: Path, instruments: list[dict[str, object]], refused: deque[Refused]
) -> Iterator[Quote]:
    names = [str(one["symbol"]) for one in instruments]
    header = _header(path)
    count = 0
    for batch in _batches(path, instruments):
        for after, letter in batch.letters:
            refused.append((count + after, _fields(letter.raw, header)))
        columns = (batch.ts, batch.symbol, batch.bid, batch.ask)
        for ts, symbol, bid, ask in zip(*(one.tolist() for one in columns), strict=True):
            count += 1
            yield ts, names[symbol], bid, ask


def _header(path: Path) -> list[str]:
    block = next(ByteSource(path).blocks(1 << 16), None)
    return [] if block is None else block.data.split(b"\n", 1)[0].decode("latin-1").split(",")


# A refused row as a record with the same fault, or as it stands where it has no fields.
def _fields(raw: str, header: list[str]) -> dict[str, object]:
    if raw.startswith("{"):
        return dict(orjson.loads(raw))
    fields = dict(zip(header, raw.split(","), strict=False))
    if len(fields) < len(header):
        return {"row": raw}
    return {name: fields[name] for name in TICK_FIELDS if fields.get(name)}


def _batches(path: Path, instruments: list[dict[str, object]]) -> Iterator[TickBatch]:
    table = InstrumentTable.parse(instruments)
    return open_recording(path, Listing(table)).batches()
