"""A case: what is needed to judge one account again, and the judging by the reference engine.

A journal has millions of entries; one account's decisions depend on few of them. A case holds the
account's own events, the ticks that mattered, and for each of these the latest price of every other
instrument concerned, as *context*: known then, but not judged by itself. Where another's entry made
time pass a session boundary, the case holds that moment and nothing of the entry.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, localcontext
from typing import Any, NamedTuple

from rules.api import At
from rules.finish import Finished, Finisher
from rules.reference.account import Account
from rules.reference.market import Tick
from rules.reference.step import Step
from rules.ruleset import Ruleset
from rules.witness import Act, Witness
from schemas.events import Clock, Event
from schemas.frames import NO_PRICE, FrameBuilder
from schemas.instruments import Instrument, InstrumentTable
from schemas.money import EXACT


class Quote(NamedTuple):
    """A tick as it stands in the journal; prices as exact decimals."""

    symbol: str
    bid: Decimal
    ask: Decimal
    last: Decimal | None = None
    own_ts: int | None = None
    """Its own time, ns, when it came late."""


class Entry(NamedTuple):
    """One entry of the journal, as far as it concerns the account.

    Attributes:
        position: in the journal.
        seq: count of accepted inputs, this one included; of a refused one, that of the next.
        ts: effective time, ns.
        quote: the tick; `None` for an event, and for a moment at which only time passes.
        event: the event; one that the account refuses stands here like any other.
        context: the tick is known, and the account is not judged at it.
    """

    position: int
    seq: int
    ts: int
    quote: Quote | None = None
    event: Event | None = None
    context: bool = False


@dataclass(frozen=True)
class Case:
    """Everything that one account's decisions follow from.

    Attributes:
        account_id: the account.
        instruments: those concerned that are listed from the start.
        rulesets: the versions concerned that are published from the start.
        entries: in the order of the journal; the last is where the case ends.
    """

    account_id: str
    instruments: tuple[Instrument, ...]
    rulesets: tuple[Ruleset, ...]
    entries: tuple[Entry, ...]


class Moment(NamedTuple):
    """How the account stood after an entry; money in account currency."""

    entry: Entry
    equity: Decimal
    balance: Decimal
    floors: Mapping[str, Decimal]
    state: str


class Verdict(NamedTuple):
    """What the reference engine makes of a case.

    Attributes:
        decisions: in order, `progress` included.
        refused: code, path and message of each refused event, by position.
        acts: what operators and payments changed.
        moments: how the account stood, after every entry it was judged at.
    """

    decisions: list[Finished]
    refused: dict[int, tuple[str, str, str]]
    acts: list[Act]
    moments: list[Moment]


class _Numbers(Finisher):
    """Numbers the decisions of a case as the whole journal does."""

    def __init__(self, entries: tuple[Entry, ...]) -> None:
        super().__init__()
        self._entries = entries

    def seq_of(self, position: int) -> int:
        """Return the seq in the journal of an entry of the case, by its place from 1."""
        return self._entries[position - 1].seq


def judge(case: Case) -> Verdict:
    """Judge a case by the reference engine."""
    return _Court(case).hear()


class _Court:
    def __init__(self, case: Case) -> None:
        self._case = case
        table = InstrumentTable(case.instruments)
        self._engine = Witness(table, case.rulesets, lambda name: name == case.account_id)
        self._numbers = _Numbers(case.entries)
        self._verdict = Verdict([], {}, self._engine.acts, [])

    def hear(self) -> Verdict:
        """Go through the entries."""
        place = 0
        for place, entry in enumerate(self._case.entries, 1):
            if entry.context:
                self._know(entry, place)
            else:
                self._take(entry, place)
        if place:
            outcome = self._engine.finish(self._case.entries[-1].ts, place, final_progress=False)
            self._verdict.decisions.extend(self._numbers.flush([outcome]))
        entries = self._case.entries
        acts = [
            act._replace(position=entries[act.position - 1].position) for act in self._engine.acts
        ]
        return self._verdict._replace(acts=acts)

    def _know(self, entry: Entry, place: int) -> None:
        quote = entry.quote
        assert quote is not None, "only a tick can be context"
        tick = Tick(quote.symbol, quote.bid, quote.ask, quote.last, At(place), entry.ts)
        self._engine.market.update(tick)

    def _take(self, entry: Entry, place: int) -> None:
        builder = FrameBuilder(place)
        if entry.quote is not None:
            self._tick(builder, entry)
        else:
            event = entry.event or Clock(event_id="-", type="clock", ts=entry.ts)
            late = event.ts if event.ts != entry.ts else None
            builder.append_event(entry.ts, event, late)
        outcome = self._engine.process(builder.build())
        finished, rejections = self._numbers.add([outcome], place + 1)
        self._verdict.decisions.extend(finished)
        for one in rejections:
            self._verdict.refused[entry.position] = (one.code, one.path, one.message)
        account = self._engine.accounts.get(self._case.account_id)
        if account is not None:
            self._verdict.moments.append(self._moment(entry, place, account))

    def _tick(self, builder: FrameBuilder, entry: Entry) -> None:
        quote = entry.quote
        assert quote is not None
        number = self._engine.market.instruments.index[quote.symbol]
        digits = self._engine.market.instruments.by_id(number).price_digits
        with localcontext(EXACT):
            prices = (quote.bid.scaleb(digits), quote.ask.scaleb(digits))
            last = NO_PRICE if quote.last is None else int(quote.last.scaleb(digits))
        bid, ask = (int(price) for price in prices)
        builder.append_tick(entry.ts, number, bid, ask, last, quote.own_ts)

    def _moment(self, entry: Entry, place: int, account: Account) -> Moment:
        with localcontext(EXACT):
            step = Step(entry.ts, place, self._engine.market, dict)
            standing, _ = account.value(step)
            floors = {rule.params.id: rule.floor.floor for rule in account.rules}
        return Moment(entry, standing.equity, standing.balance, floors, account.state)


def needed(table: InstrumentTable, symbols: set[str]) -> tuple[Instrument, ...]:
    """Return the listed instruments of these symbols and those their conversions go through."""
    wanted, new = set[str](), set(symbols)
    while new:
        wanted |= new
        new = {
            symbol
            for name in new
            for symbol in _conversions(table.get(name))
            if symbol not in wanted
        }
    return tuple(instrument for instrument in table if instrument.symbol in wanted)


def _conversions(instrument: Instrument | None) -> Iterator[str]:
    if instrument is not None:
        yield from (conversion.symbol for _, conversion in instrument.conversions())


def decisions_of(verdict: Verdict) -> list[dict[str, Any]]:
    """Return the decisions of the audit chain: all but `progress`."""
    made = (item.decision for item in verdict.decisions)
    return [decision for decision in made if decision["type"] != "progress"]
