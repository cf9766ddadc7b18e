"""The traders' side of the synthetic world: ticks in, account events out.

The crowd takes its ticks from anywhere, the synthetic market or a recording. A tick costs two
comparisons and a look at four heaps, unless somebody's time or price has come.
"""

import numpy as np

from connectors.synthetic import fees, working
from connectors.synthetic.agenda import Action, Agenda
from connectors.synthetic.back_office import BackOffice
from connectors.synthetic.desk import Desk
from connectors.synthetic.draws import Draws
from connectors.synthetic.operators import plan_acts
from connectors.synthetic.outbox import Outbox
from connectors.synthetic.population import Member, populate
from connectors.synthetic.quotes import Quotes
from connectors.synthetic.trader import Trader
from schemas.instruments import InstrumentTable

OPENING_GAP_NS = 10  # openings come one after another, just before the first tick
SULK = 4.0  # a trader who feels out of the game acts this much more rarely


class Crowd:
    """Seeded traders acting on a stream of ticks.

    Args:
        seed: of every choice they make.
        accounts: how many accounts take part.
        table: the listed instruments; symbols are their numbers.
        pace: market seconds per second of the show; traders live at the show's speed.

    Attributes:
        outbox: holds the account events not fetched yet.
        begun: whether `begin` was called; it must be, once, before the first `on_tick`.
    """

    def __init__(
        self,
        seed: int | np.random.SeedSequence,
        accounts: int,
        table: InstrumentTable,
        pace: float,
    ) -> None:
        self.outbox = Outbox()
        self._quotes = Quotes(table, pace)
        self._desk = Desk(self._quotes, self.outbox)
        self._agenda = Agenda(pace)
        self._draws = Draws(seed)
        self._office = BackOffice(self._desk, self._agenda, self._draws)
        self._members = populate(accounts, self._quotes.terms, self._draws)
        self.begun = False

    def begin(self, first_ns: int) -> None:
        """Open the accounts just before the first tick, whose time is given."""
        self.begun = True
        self.outbox.now_ns = first_ns - OPENING_GAP_NS * (len(self._members) + 100)
        for member in self._members:
            if member.opens_s:
                self._agenda.after(first_ns, member.opens_s, self._opening(member))
            else:
                self._open(member)
        plan_acts(self._members, self.outbox, self._agenda, self._draws)
        period = fees.FUNDING_EVERY_NS
        self._agenda.at((first_ns // period + 1) * period, self._fund_all)

    def on_tick(self, ts: int, symbol: int, bid: int, ask: int) -> None:
        """Let a tick touch stops and orders, then let those act whose time has come."""
        self.outbox.now_ns = ts
        quotes = self._quotes
        quotes.bid[symbol] = bid
        quotes.ask[symbol] = ask
        for guard in self._desk.guards.touched(symbol, bid, ask):
            if guard.live:  # one guard's fill may have done away with another
                working.touch(self._desk, guard)
        if self._agenda.next_ns <= ts:
            self._agenda.run(ts)

    def _opening(self, member: Member) -> Action:
        def open_now() -> None:
            self._open(member)

        return open_now

    def _open(self, member: Member) -> None:
        self._office.open(member)
        first_s = self._draws.between(0.0, member.kind.first_s)
        self._agenda.after(self.outbox.now_ns, first_s, self._life(member.trader))

    def _life(self, trader: Trader) -> Action:
        def act() -> float | None:
            if trader.account.retired:
                return None
            wait_s = trader.act(trader, self._desk, self._draws)
            return wait_s * SULK if trader.account.spent else wait_s

        return act

    # Perpetuals settle their funding three times a day, for everybody at once.
    def _fund_all(self) -> None:
        for member in self._members:
            if member.account.positions:
                self._office.charge_funding(member.account)
        period = fees.FUNDING_EVERY_NS
        self._agenda.at((self.outbox.now_ns // period + 1) * period, self._fund_all)
