"""A journal written the way one tells it, and what an engine makes of it.

    run = (
        Journal(ruleset(daily(amount="500")))
        .open("a", "10000")
        .buy("a", "UNIT", "1", "100")
        .tick("UNIT", "90")
        .run(engine)
    )
    run.breach("daily")["floor"]

Every entry is a second after the one before unless it says `at=`. Nothing here knows pytest: the
same journals run from scripts, through any engine that keeps the seam of `rules.api`.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from typing import Any, NamedTuple, Protocol

from rules.api import Engine
from rules.engine.evaluate import FastEngine
from rules.finish import Finisher
from rules.reference.engine import ReferenceEngine
from rules.ruleset import Ruleset, load_ruleset
from schemas.errors import InputError
from schemas.events import parse_event
from schemas.frames import NO_PRICE, Frame, FrameBuilder
from schemas.ids import key_group
from schemas.instants import SECOND, parse_instant
from schemas.instruments import InstrumentTable, parse_instrument
from tests.rules.outcome import Run
from tests.rules.samples import Document, table

START = "2024-03-05T10:00:00Z"  # a Tuesday


class Factory(Protocol):
    """Makes the engine of one key group."""

    def __call__(
        self,
        instruments: InstrumentTable,
        rulesets: Iterable[Ruleset],
        owns: Callable[[str], bool] | None,
        progress: str,
    ) -> Engine: ...


ENGINES: dict[str, Factory] = {"reference": ReferenceEngine, "fast": FastEngine}


class Tick(NamedTuple):
    """A tick, prices as text."""

    symbol: str
    bid: str
    ask: str
    last: str | None = None


class Entry(NamedTuple):
    """One entry of a journal: a tick or a raw event, at its effective time in ns."""

    ts: int
    what: Tick | dict[str, Any]
    late_ts: int | None = None


class Journal:
    """Builds a journal entry by entry; every method returns the journal itself."""

    def __init__(
        self, *documents: Document, start: str = START, instruments: InstrumentTable | None = None
    ) -> None:
        self.rulesets = [load_ruleset(document) for document in documents]
        self.instruments = instruments or table()
        self.entries: list[Entry] = []
        self._now = parse_instant(start) - SECOND
        self._ids = 0

    def event(self, kind: str, *, at: str | None = None, late: str | None = None, **fields: Any):
        """Add an event; `late` is its own time when that is not its effective one."""
        own = self._next(at)
        self._ids += 1
        raw = {"event_id": f"e{self._ids}", "type": kind, "ts": str(own), **fields}
        late_ts = None
        if late is not None:
            late_ts = parse_instant(late)
            raw["ts"] = str(late_ts)
        self.entries.append(Entry(own, raw, late_ts))
        return self

    def tick(
        self,
        symbol: str,
        bid: str,
        ask: str | None = None,
        last: str | None = None,
        at: str | None = None,
        late: str | None = None,
    ):
        """Add a tick; without an ask it is locked."""
        late_ts = None if late is None else parse_instant(late)
        self.entries.append(Entry(self._next(at), Tick(symbol, bid, ask or bid, last), late_ts))
        return self

    def open(self, account: str, balance: str = "10000", plan: str = "plan@1", **more: Any):
        return self.event(
            "account.opened", account_id=account, ruleset=plan, initial_balance=balance, **more
        )

    def fill(self, account: str, side: str, symbol: str, qty: str, price: str, **more: Any):
        fields = {"fill_id": f"f{self._ids + 1}", "symbol": symbol, "side": side, **more}
        return self.event("fill", account_id=account, qty=qty, price=price, **fields)

    def buy(self, account: str, symbol: str, qty: str, price: str, **more: Any):
        return self.fill(account, "buy", symbol, qty, price, **more)

    def sell(self, account: str, symbol: str, qty: str, price: str, **more: Any):
        return self.fill(account, "sell", symbol, qty, price, **more)

    def earn(self, account: str, amount: str, **more: Any):
        """Open and close a position that wins (or loses) the amount, as the platform says."""
        return self.buy(account, "UNIT", "1", "1", position_id="earned", **more).sell(
            account, "UNIT", "1", "1", position_id="earned", realized_pnl=amount
        )

    def adjust(self, account: str, reason: str, amount: str, **more: Any):
        fields = {"reason": reason, "amount": amount, **more}
        return self.event("balance.adjusted", account_id=account, **fields)

    def act(self, account: str, action: str, **more: Any):
        fields = {"action": action, "operator": "op", "reason": "because", **more}
        return self.event("account.overridden", account_id=account, **fields)

    def kyc(self, account: str, status: str, **more: Any):
        return self.event("kyc.updated", account_id=account, status=status, **more)

    def look(self, account: str):
        """An event of the account that changes nothing, so that its progress is reported."""
        return self.kyc(account, "pending")

    def clock(self, at: str | None = None):
        return self.event("clock", at=at)

    def run(self, engine: Factory, **how: Any) -> Run:
        return run(self.entries, self.instruments, self.rulesets, engine, **how)

    def _next(self, at: str | None) -> int:
        self._now = self._now + SECOND if at is None else parse_instant(at)
        return self._now


def run(
    entries: Sequence[Entry],
    instruments: InstrumentTable,
    rulesets: Sequence[Ruleset],
    engine: Factory,
    groups: int = 1,
    cuts: Sequence[int] = (),
    progress: str = "boundary",
) -> Run:
    """Run a journal as a replay does, with accounts spread over `groups` engines.

    Args:
        cuts: entries (from 0) at which a new frame starts.
    """
    engines = [_engine(engine, instruments, rulesets, progress, n, groups) for n in range(groups)]
    finisher = Finisher(hold_last=True)
    finished, rejected = [], []
    for frame in frames(entries, instruments, cuts):
        outcomes = [made.process(frame) for made in engines]
        released, refused = finisher.add(outcomes, frame.end)
        finished += released
        rejected += refused
    refused_at = {entry.position for entry in rejected}
    last = max((at for at in range(1, len(entries) + 1) if at not in refused_at), default=None)
    if last is not None:
        through = entries[last - 1].ts
        finished += finisher.flush([made.finish(through, last, True) for made in engines])
    decisions = [item.decision for item in finished]
    return Run(decisions, [item.line for item in finished], rejected)


def _engine(
    engine: Factory,
    instruments: InstrumentTable,
    rulesets: Sequence[Ruleset],
    progress: str,
    group: int,
    groups: int,
) -> Engine:
    owns = None if groups == 1 else (lambda account: key_group(account, groups) == group)
    return engine(instruments.copy(), rulesets, owns, progress)


def frames(
    entries: Sequence[Entry], instruments: InstrumentTable, cuts: Sequence[int] = ()
) -> list[Frame]:
    """Cut a journal into frames."""
    listed = instruments.copy()
    starts = sorted({0, *(cut for cut in cuts if 0 < cut < len(entries))})
    builders = [FrameBuilder(start + 1) for start in starts]
    for index, entry in enumerate(entries):
        append(builders[bisect_right(starts, index) - 1], entry, listed)
    return [builder.build() for builder in builders]


def append(builder: FrameBuilder, entry: Entry, listed: InstrumentTable) -> None:
    """Add one entry to a frame; what it lists is added to `listed`."""
    if isinstance(entry.what, Tick):
        digits = listed[entry.what.symbol].price_digits
        bid, ask, last = (_scaled(price, digits) for price in entry.what[1:])
        number = listed.index[entry.what.symbol]
        builder.append_tick(entry.ts, number, bid, ask, last, entry.late_ts)
        return
    event = parse_event(entry.what)
    builder.append_event(entry.ts, event, entry.late_ts, entry.what)
    if entry.what["type"] == "instrument.listed":
        try:
            listed.add(parse_instrument(entry.what["instrument"]))
        except InputError:
            return  # the engines refuse it too


def _scaled(price: str | None, digits: int) -> int:
    if price is None:
        return NO_PRICE
    scaled = Decimal(price).scaleb(digits)
    assert scaled == int(scaled), f"{price} has more than {digits} decimals"
    return int(scaled)
