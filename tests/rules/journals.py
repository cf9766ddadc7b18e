"""Random journals with everything in them: the ground on which engines are held to each other.

    case = make(seed=7, size=80)
    case.run(ReferenceEngine).lines

A journal is written entry by entry while the reference engine runs along, so that prices and
amounts can be aimed at where a verdict hangs on one unit. Nothing here knows pytest; one seed is
one journal on every machine. `cases` is the same as a Hypothesis strategy, `shrink` takes away
what a failure does not need.
"""

from collections.abc import Callable
from decimal import Decimal, localcontext
from random import Random
from typing import Any, NamedTuple

from hypothesis import strategies as st

from rules.reference.account import Account
from rules.reference.engine import ReferenceEngine
from rules.ruleset import load_ruleset
from schemas.frames import FrameBuilder
from schemas.instants import SECOND, parse_instant
from schemas.instruments import Instrument, InstrumentTable
from schemas.money import EXACT, text
from tests.rules import aims, conduct_plans, deeds, market_deeds, plans
from tests.rules.kit import Entry, Factory, Run, Tick, append, run
from tests.rules.plans import Raw

HOUR = deeds.HOUR


class Case(NamedTuple):
    """A journal, and how it is to be run."""

    seed: int
    instruments: list[Raw]
    documents: list[Raw]
    entries: list[Entry]
    progress: str
    groups: int
    cuts: tuple[int, ...]

    def run(self, engine: Factory, **how: Any) -> Run:
        """Run it through an engine, the way the case says unless told otherwise."""
        table = InstrumentTable.parse(self.instruments)
        rulesets = [load_ruleset(document) for document in self.documents]
        how = {"groups": self.groups, "cuts": self.cuts, "progress": self.progress, **how}
        return run(self.entries, table, rulesets, engine, **how)


def make(seed: int, size: int = 60) -> Case:
    """Write the journal of a seed, of about `size` entries."""
    rng = Random(seed)
    symbols, documents = plans.choose_symbols(rng), plans.documents(rng)
    conduct_plans.add(documents, Random(f"conduct {seed}"))
    late_symbol = None
    if rng.random() < 0.3 and symbols[-1] not in {"GBPUSD", "USDJPY", "ETHUSD", "UNIT"}:
        late_symbol = symbols[-1]
    withheld = documents.pop() if rng.random() < 0.3 and len(documents) > 1 else None
    listed = [plans.MARKET[symbol][0] for symbol in symbols if symbol != late_symbol]
    writer = Writer(rng, listed, documents, late_symbol, withheld)
    while len(writer.entries) < size:
        writer.step()
    progress = rng.choice(["boundary", "every"])
    groups = rng.choice([1, 1, 2, 3, 64 if size <= 100 else 5])
    cuts = tuple(_cuts(rng, len(writer.entries)))
    return Case(seed, listed, documents, writer.entries, progress, groups, cuts)


def _cuts(rng: Random, count: int) -> list[int]:
    """Where frames begin: anywhere, or all of them equally long, down to one entry."""
    if rng.random() < 0.4:
        return list(range(1, count, rng.choice([1, 1, 2, 7, 30])))
    return sorted(rng.sample(range(1, count), min(count - 1, rng.choice([0, 1, 3, 9]))))


def cases(size: int = 60) -> st.SearchStrategy[Case]:
    """Journals as a Hypothesis strategy."""
    return st.integers(0, 2**48).map(lambda seed: make(seed, size))


def shrink(case: Case, fails: Callable[[Case], bool]) -> Case:
    """Leave out what the case does not need to fail: groups, frames, then ever smaller pieces."""
    for simpler in (case._replace(groups=1), case._replace(groups=1, cuts=())):
        case = simpler if _still_fails(simpler, fails) else case
    piece = len(case.entries) // 2
    while piece:
        start = 0
        while start < len(case.entries):
            smaller = _without(case, start, piece)
            if _still_fails(smaller, fails):
                case = smaller
            else:
                start += piece
        piece //= 2
    uncut = case._replace(cuts=())
    return uncut if _still_fails(uncut, fails) else case


def _without(case: Case, start: int, piece: int) -> Case:
    """A case without some entries; frames begin where they did among those that stay."""
    fewer = case.entries[:start] + case.entries[start + piece :]
    moved = {cut - min(max(cut - start, 0), piece) for cut in case.cuts}
    return case._replace(entries=fewer, cuts=tuple(sorted(moved)))


def _still_fails(case: Case, fails: Callable[[Case], bool]) -> bool:
    try:
        return bool(case.entries) and fails(case)
    except KeyError:  # a tick of an instrument whose listing was left out
        return False


class Writer:
    """Writes one journal.

    Attributes:
        prices: of every symbol that may tick, in 10^-price_digits.
        silent: symbols that do not tick yet.
        wanted: how many accounts the journal begins with.
        ticking: the share of steps that are ticks; long quiet stretches are for the search.
        aiming: the share of ticks that are aimed, of those that may be.
    """

    def __init__(
        self,
        rng: Random,
        instruments: list[Raw],
        documents: list[Raw],
        late_symbol: str | None,
        withheld: Raw | None,
    ) -> None:
        self.rng = rng
        self.table = InstrumentTable.parse(instruments)
        self.documents = documents
        self.late_symbol = late_symbol
        self.withheld = withheld
        rulesets = [load_ruleset(document) for document in documents]
        self.engine = ReferenceEngine(self.table.copy(), rulesets)
        self.entries: list[Entry] = []
        self.now = parse_instant(rng.choice(plans.STARTS))
        self.prices: dict[str, int] = {}
        for item in self.table:
            self.quote(item)
        self.silent = {symbol for symbol in self.prices if rng.random() < 0.25}
        self.wanted = rng.choice([1, 1, 2, 3, 4])
        self.ticking = rng.choice([0.5, 0.5, 0.8, 0.95])
        self.aiming = rng.choice([0.6, 0.6, 0.2, 0.05])

    def quote(self, item: Instrument) -> None:
        """Let an instrument have a price."""
        self.prices[item.symbol] = deeds.scaled(plans.MARKET[item.symbol][1], item.price_digits)

    def step(self) -> None:
        """Write the next entry, or a run of ticks."""
        rng = self.rng
        if self.lacks_accounts() or rng.random() < 0.02:
            self.event(**deeds.opening(self))
            return
        self.silent -= set(self.silent if rng.random() < 0.02 else ())
        roll = rng.random()
        if roll < self.ticking:
            for _ in range(rng.choice([1, 1, 1, 2, 5, 20])):
                self.tick()
        elif rng.random() < 0.88:
            deed = rng.choices(market_deeds.DEEDS, market_deeds.WEIGHTS)[0]
            self.event(**deed(self))
        else:
            self.event(**market_deeds.nonsense(self))

    def lacks_accounts(self) -> bool:
        """Whether another account should open: too few are alive, and a name is left."""
        accounts = self.engine.accounts.values()
        wanted = self.wanted if len(self.entries) < 12 else 1
        if len(accounts) < wanted:
            return True
        living = sum(account.live for account in accounts)
        return living < wanted and len(accounts) < len(deeds.NAMES)

    def event(self, **fields: Any) -> None:
        """Write an event; now and then it comes late."""
        self.pass_time()
        number = len(self.entries)
        own = self.now
        if self.rng.random() < 0.05:
            own -= self.rng.choice([1, SECOND, 30 * HOUR])
        raw = {"event_id": f"e{number}", "ts": str(own), **fields}
        self.write(Entry(self.now, raw, own if own < self.now else None))

    def tick(self) -> None:
        """Write a tick: a small move, a gap, or one that is aimed at an account."""
        rng = self.rng
        self.pass_time()
        ticking = [symbol for symbol in self.prices if symbol not in self.silent]
        if not ticking:
            self.silent.clear()
            return
        symbol = rng.choice(ticking)
        held = [account for account in self.engine.accounts.values() if account.ledger.positions]
        spread = rng.choice([0, 0, 1, 2, 15])
        target = None
        if held and rng.random() < 0.5:
            account = rng.choice(held)
            moving = sorted(set(account.symbols()) & set(ticking)) or [symbol]
            symbol = rng.choice(moving)
            if rng.random() < self.aiming and account.live:
                symbol = "UNIT" if "UNIT" in moving and rng.random() < 0.7 else symbol
                target = self.aimed(account, symbol, spread)
        price = target or self.moved(symbol)
        self.prices[symbol] = price
        self.write(Entry(self.now, self.shown(symbol, price, spread), self.lateness()))

    def lateness(self) -> int | None:
        """The own time of a tick that comes late, which is rare."""
        return self.now - self.rng.choice([1, HOUR]) if self.rng.random() < 0.03 else None

    def aimed(self, account: Account, symbol: str, spread: int) -> int | None:
        """The price that takes an account's equity to where something happens, or next to it."""
        goal = aims.aim(self.rng, account)
        item, market = self.table[symbol], self.engine.market
        price = aims.seek(account, market, item, self.prices[symbol], spread, goal)
        return None if price is None else max(1, price + self.rng.choice([-1, 0, 0, 1]))

    def moved(self, symbol: str) -> int:
        """A price after a move, which is small more often than not."""
        rng, price = self.rng, self.prices[symbol]
        share = rng.choice([0, 1, 1, 3, 3, 10, 10, 100, 1000 if rng.random() < 0.2 else 3])
        price += price * share * rng.randint(-10, 10) // 100_000
        return min(aims.highest(self.table[symbol]), max(1, price))

    def shown(self, symbol: str, price: int, spread: int) -> Tick:
        """A tick as text; instruments marked at the last trade mostly show one."""
        item = self.table[symbol]
        bid, ask = (deeds.unscaled(value, item.price_digits) for value in (price, price + spread))
        trades = self.rng.random() < (0.7 if item.mark == "last" else 0.1)
        return Tick(symbol, bid, ask, self.rng.choice([bid, ask]) if trades else None)

    def pass_time(self) -> None:
        """Let some time go by, or none; often up to a boundary, to the nanosecond."""
        rng = self.rng
        roll = rng.random()
        if roll < 0.25:
            return
        if roll < 0.33:
            due = [made.next_due for made in self.engine.accounts.values() if made.live]
            if due:
                self.now = max(self.now, rng.choice(due) + rng.choice([-1, 0, 0, 1]))
        elif roll < 0.5:
            self.now += rng.choice([1, 10**6, 600 * SECOND, HOUR, 5 * HOUR])
        elif roll < 0.51:
            self.now += rng.choice([24, 25, 47, 70]) * HOUR
        else:
            self.now += rng.randint(1, 90) * SECOND

    def write(self, entry: Entry) -> None:
        """Add an entry and let the engine that runs along see it."""
        self.entries.append(entry)
        builder = FrameBuilder(1)
        append(builder, entry, self.table)
        self.engine.process(builder.build())
        if self.late_symbol in self.table and self.late_symbol not in self.prices:
            self.quote(self.table[self.late_symbol])

    def amount_to(self, account: Account) -> str:
        """What is missing from balance or equity to where something happens."""
        with localcontext(EXACT):
            now = self.rng.choice(aims.money(account, self.engine.market))
            missing = aims.aim(self.rng, account) - now
            return text(missing) if abs(missing) < 10**9 else "1"

    def random_amount(self, account: Account) -> str:
        """An amount of a size that matters to the account."""
        base = abs(account.ledger.initial) or Decimal(100)
        return text((base * self.rng.choice([1, 5, 20, 100]) / 1000).quantize(aims.UNIT))
