"""Makes a case of what was gathered: the ticks that mattered, and no more than that.

The fast engine judges the account once, and is watched: where it was looked at, and which tick set
each floor. With the account's own events these are the entries to judge it by again. Whether they
are enough is not believed but tried: the reference engine must come to the same decisions from
them alone, else all ticks are kept.
"""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from flows.audit.case import Case, Entry, Quote, Verdict, decisions_of, judge, needed
from flows.audit.gather import Gathered, gather
from flows.audit.journals import Journal
from rules.api import NEVER
from rules.engine.witness import FastTracer
from rules.finish import Finished, Finisher
from schemas.events import (
    AccountEvent,
    AccountOpened,
    AccountOverridden,
    Clock,
    Event,
    InstrumentListed,
    RulesetPublished,
)
from schemas.frames import NO_PRICE, Frame
from schemas.instants import parse_instant

_TRIES = 8
_NEAR = 6  # ticks shown before and after a breach, each of them
_Int64s = NDArray[np.int64]


class Made(NamedTuple):
    """A case, and what the reference engine makes of it."""

    case: Case
    verdict: Verdict


class Traced(NamedTuple):
    """What one account's part of a journal came to.

    Attributes:
        gathered: the part.
        frame: the same as one frame; its positions count from 1.
        positions, seqs: of its entries in the journal.
        finished: the decisions.
        places: positions in the frame that decisions came from.
    """

    gathered: Gathered
    frame: Frame
    positions: _Int64s
    seqs: _Int64s
    finished: list[Finished]
    places: set[int]


def make_case(
    journal: Journal,
    account_id: str,
    refused: Sequence[int],
    *,
    until: int = NEVER,
    until_ts: int = NEVER,
    samples: int = 0,
) -> Made:
    """Make the case of an account.

    Args:
        journal: where it stands.
        account_id: the account.
        refused: positions of the journal's refused entries, ascending.
        until: position after the last entry that counts.
        until_ts: time of the last entries that count, ns.
        samples: about so many further ticks around each breach, to be seen in a chart.
    """
    traced = _trace(journal, account_id, refused, (until, until_ts))
    chosen = {place - 1 for place in traced.places} | set(_samples(traced, samples))
    case = _case(journal, account_id, traced, chosen)
    verdict = judge(case)
    if decisions_of(verdict) != decisions_of(verdict._replace(decisions=traced.finished)):
        case = _case(journal, account_id, traced, set(range(traced.frame.n)))
        verdict = judge(case)
    return Made(case, verdict)


class _Numbers(Finisher):
    def __init__(self, seqs: _Int64s) -> None:
        super().__init__()
        self._seqs = seqs

    def seq_of(self, position: int) -> int:
        """Return the seq in the whole journal."""
        return int(self._seqs[position - 1])


# When its sessions end, only judging tells; the entries at these instants are then gathered, too.
def _trace(
    journal: Journal, account_id: str, refused: Sequence[int], end: tuple[int, int]
) -> Traced:
    start, numbers = journal.start, np.array(refused, np.int64)
    instants: set[int] = set()
    for _ in range(_TRIES):
        found = gather(
            journal.frames(),
            start.instruments,
            account_id,
            refused,
            instants=instants,
            until=end[0],
            until_ts=end[1],
        )
        frame, positions = found.compact()
        seqs = positions - np.searchsorted(numbers, positions, "left")
        tracer = FastTracer(start.instruments, start.rulesets, lambda name: name == account_id)
        finisher = _Numbers(seqs)
        finished, _ = finisher.add([tracer.process(frame)], frame.end)
        if frame.n:
            ended = tracer.finish(int(frame.ts[-1]), frame.n, final_progress=False)
            finished += finisher.flush([ended])
        if tracer.instants <= instants:
            break
        instants |= tracer.instants
    return Traced(found, frame, positions, seqs, finished, tracer.places)


def _case(journal: Journal, account_id: str, traced: Traced, chosen: set[int]) -> Case:
    start, gathered = journal.start, traced.gathered
    refs = _refs(gathered)
    judged = {item.at for item in traced.frame.events} | chosen
    ticks = set(_context(traced, judged)) | {*traced.frame.tick_at.tolist()} & chosen
    tick_of = {int(at): number for number, at in enumerate(traced.frame.tick_at.tolist())}
    events = {item.at: item.event for item in traced.frame.events}
    entries = []
    for index in sorted(ticks | events.keys()):
        head = int(traced.positions[index]), int(traced.seqs[index]), int(traced.frame.ts[index])
        if index in events:
            event = events[index]
            shown = event if _concerns(event, gathered.symbols, refs) else None
            entries.append(Entry(*head, event=shown))
        else:
            quote = _quote(traced, tick_of[index])
            entries.append(Entry(*head, quote=quote, context=index not in judged))
    return Case(
        account_id,
        needed(start.instruments, gathered.symbols),
        tuple(ruleset for ruleset in start.rulesets if ruleset.ref in refs),
        tuple(entries),
    )


def _refs(gathered: Gathered) -> set[str]:
    events = [other.event for other in gathered.others]
    named = [event.ruleset for event in events if isinstance(event, AccountOpened)]
    moved = [event.ruleset for event in events if isinstance(event, AccountOverridden)]
    return {*named, *(ref for ref in moved if ref)}


# What does not concern the account still makes time pass, perhaps the end of a session.
def _concerns(event: Event, symbols: set[str], refs: set[str]) -> bool:
    if isinstance(event, Clock):
        return False
    if isinstance(event, InstrumentListed):
        return event.instrument.symbol in symbols
    if isinstance(event, RulesetPublished):
        return str(event.document.ref) in refs
    return True


# For every entry that is judged, each instrument's latest tick before it, and the latest trade.
def _context(traced: Traced, judged: set[int]) -> Iterator[int]:
    frame, at = traced.frame, np.array(sorted(judged), np.int64)
    for number in np.unique(frame.tick_symbol).tolist():
        own = frame.tick_symbol == number
        for mask in (own, own & (frame.last != NO_PRICE)):
            places = frame.tick_at[mask]
            before = np.searchsorted(places, at, "left") - 1
            yield from np.unique(places[before[before >= 0]]).tolist()


def _quote(traced: Traced, number: int) -> Quote:
    frame = traced.frame
    instrument = traced.gathered.table.by_id(int(frame.tick_symbol[number]))
    digits, last = -instrument.price_digits, int(frame.last[number])
    return Quote(
        instrument.symbol,
        Decimal(int(frame.bid[number])).scaleb(digits),
        Decimal(int(frame.ask[number])).scaleb(digits),
        None if last == NO_PRICE else Decimal(last).scaleb(digits),
        frame.late.get(int(frame.tick_at[number])),
    )


def _samples(traced: Traced, count: int) -> Iterator[int]:
    breaches = [item.decision for item in traced.finished if item.decision["type"] == "breach"]
    ticks = traced.frame.tick_at
    for breach in breaches if count else ():
        at = int(np.searchsorted(traced.seqs, breach["seq"], "left"))
        first, last = _window(traced, breach)
        inside = ticks[(ticks >= first) & (ticks <= last)]
        yield from inside[:: max(1, len(inside) // count)].tolist()
        near = int(ticks.searchsorted(at))
        yield from ticks[max(0, near - _NEAR) : near + _NEAR + 1].tolist()


# The session the breach is in, and as much again of a tenth behind it.
def _window(traced: Traced, breach: Mapping[str, Any]) -> tuple[int, int]:
    ts = traced.frame.ts
    end = parse_instant(breach["ts"])
    derived = (parse_instant(item.decision["ts"]) for item in traced.finished if item.derived)
    opened = min(int(other.ts) for other in traced.gathered.others if is_own(other.event))
    start = max([opened, *(instant for instant in derived if instant < end)])
    bounds = np.searchsorted(ts, [start, end + (end - start) // 10])
    return int(bounds[0]), int(bounds[1])


def is_own(event: Event | None) -> bool:
    """Tell whether an event is of an account."""
    return isinstance(event, AccountEvent)
