"""Plays a world: into the input topics, in the order in which it happens, and into files."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from pathlib import Path
from shutil import copytree
from typing import Any, Generic, NamedTuple, TypeVar

from connectors.log.abstract import Log
from connectors.synthetic.files import RULESETS, flow
from connectors.synthetic.ticks import price_text
from connectors.synthetic.world import Batch
from schemas.json_text import dumps
from schemas.topics import ACCOUNT_EVENTS, TICKS

ItemT = TypeVar("ItemT")
_COLUMNS = ("ts", "symbol", "bid", "ask")


class InputFiles(NamedTuple):
    """The same inputs as `highwater replay` takes them."""

    instruments: Path
    rulesets: Path
    ticks: Path
    events: Path

    @classmethod
    def write(cls, folder: Path, instruments: Sequence[Mapping[str, Any]]) -> "InputFiles":
        """Write instruments and rulesets, and begin the files of ticks and events."""
        folder.mkdir(parents=True)
        files = cls(
            folder / "instruments.yaml",
            folder / "rulesets",
            folder / "ticks.csv",
            folder / "events.jsonl",
        )
        lines = [f"- {flow(one)}\n" for one in instruments]
        files.instruments.write_text("".join(lines), encoding="utf-8")
        copytree(RULESETS, files.rulesets)
        files.ticks.write_text(",".join(_COLUMNS) + "\n", encoding="utf-8")
        files.events.touch()
        return files


class Feed:
    """The only writer of the input topics.

    Args:
        log: where they are.
        instruments: contract-1.1 mappings, numbered as in the batches.
        files: where the same inputs go.
        stack: closes what is opened here.

    Attributes:
        ticks, events: records written so far.
    """

    def __init__(
        self,
        log: Log,
        instruments: Sequence[Mapping[str, Any]],
        files: InputFiles,
        stack: ExitStack,
    ) -> None:
        self.ticks = self.events = 0
        self._quoted = [(str(one["symbol"]), int(one["price_digits"])) for one in instruments]
        self._tick_topic = stack.enter_context(closing(log.writer(TICKS)))
        self._event_topic = stack.enter_context(closing(log.writer(ACCOUNT_EVENTS)))
        self._tick_file = stack.enter_context(files.ticks.open("ab"))
        self._event_file = stack.enter_context(files.events.open("ab"))

    def play(self, batch: Batch, wait: Callable[[int], None]) -> None:
        """Write a batch; `wait` returns when the instant of the next tick (ns) has come."""
        events, bad = _Placed(batch.events), _Placed(batch.bad_ticks)
        columns = (batch.ticks.ts, batch.ticks.symbol, batch.ticks.bid, batch.ticks.ask)
        rows = zip(*(column.tolist() for column in columns), strict=True)
        for at, row in enumerate(rows):
            wait(row[0])
            self._between(at, events, bad)
            self._tick(*row)
        self._between(len(batch.ticks), events, bad)

    def flush(self) -> None:
        """Return when everything is durable."""
        self._tick_topic.flush()
        self._event_topic.flush()
        self._tick_file.flush()
        self._event_file.flush()

    def _between(self, at: int, events: "_Placed[Any]", bad: "_Placed[Any]") -> None:
        for event in events.through(at):
            line = dumps(event)
            self._event_topic.append(line, str(event["account_id"]).encode())
            self._event_file.write(line + b"\n")
            self.events += 1
        for fields in bad.through(at):
            self._bad_tick(fields)

    def _tick(self, ts: int, symbol: int, bid: int, ask: int) -> None:
        name, digits = self._quoted[symbol]
        low, high = price_text(bid, digits), price_text(ask, digits)
        value = f'{{"ts":"{ts}","symbol":"{name}","bid":"{low}","ask":"{high}"}}'
        self._append_tick(value.encode(), f"{ts},{name},{low},{high}\n".encode())

    def _bad_tick(self, fields: Mapping[str, object]) -> None:
        if "row" in fields:
            raw = str(fields["row"]).encode()
            self._append_tick(raw, raw + b"\n")
        else:
            row = ",".join(str(fields.get(name, "")) for name in _COLUMNS)
            self._append_tick(dumps(fields), f"{row}\n".encode())

    def _append_tick(self, value: bytes, row: bytes) -> None:
        self._tick_topic.append(value)
        self._tick_file.write(row)
        self.ticks += 1


class _Placed(Generic[ItemT]):
    """Items with the number of ticks that come before them."""

    def __init__(self, items: Sequence[tuple[int, ItemT]]) -> None:
        self._items = iter(items)
        self._next = next(self._items, None)

    def through(self, at: int) -> Iterator[ItemT]:
        """Yield what comes before tick number `at`."""
        while self._next is not None and self._next[0] <= at:
            yield self._next[1]
            self._next = next(self._items, None)
