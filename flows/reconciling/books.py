"""What the journal says the accounts of the venues hold.

The engine itself follows the journal, for these accounts alone: so a fill that an account refused
is not counted, and a balance is converted and rounded as it is in every decision.
"""

import threading
from collections.abc import Mapping
from decimal import Decimal
from typing import NamedTuple

from connectors.journal import Entry
from flows.attached.trades import Trades
from flows.engines import EngineKind, make_engine
from rules.reference.account import Account
from rules.reference.engine import ReferenceEngine
from rules.ruleset import load_ruleset
from schemas.account_events import Fill

_NS_PER_MS = 1_000_000


class Held(NamedTuple):
    """What the journal says about one account.

    Attributes:
        positions: signed quantity by symbol; none that is 0.
        trades: those it has seen; more may be added later.
        opened_ms: when the account was opened, since the epoch.
        offset: of the next record of the journal.
    """

    account_id: str
    firm_id: str
    trader_id: str | None
    ruleset: str
    currency: str
    balance: Decimal
    positions: Mapping[str, Decimal]
    trades: Trades
    opened_ms: int
    offset: int


class Books:
    """Follows the journal; one thread writes, others may look.

    Args:
        kind: which engine follows.
        accounts: those that are followed.
    """

    def __init__(self, kind: EngineKind, accounts: frozenset[str]) -> None:
        self._kind = kind
        self._accounts = accounts
        self._engine: ReferenceEngine | None = None
        self._trades: dict[str, Trades] = {}
        self._opened_ms: dict[str, int] = {}
        self._lock = threading.Lock()
        self.next_offset = 0

    def take(self, entry: Entry) -> None:
        """Follow the next frame."""
        with self._lock:
            if self._engine is None:
                self._engine = self._start(entry)
            self._engine.process(entry.frame)
            for item in entry.frame.events:
                event = item.event
                account_id = getattr(event, "account_id", "")
                if account_id not in self._accounts:
                    continue
                if isinstance(event, Fill):
                    self._trades.setdefault(account_id, Trades()).add(event)
                elif account_id not in self._opened_ms and account_id in self._engine.accounts:
                    self._opened_ms[account_id] = int(entry.frame.ts[item.at]) // _NS_PER_MS

    def passed(self, next_offset: int) -> None:
        """Take note of how far the journal was read; some records hold no frame."""
        self.next_offset = next_offset

    def look(self, account_id: str) -> Held | None:
        """Return what an account holds; None where the journal does not know it."""
        with self._lock:
            account = self._engine.accounts.get(account_id) if self._engine is not None else None
            return None if account is None else self._held(account)

    def _held(self, account: Account) -> Held:
        name, ledger = account.identity.account_id, account.ledger
        positions: dict[str, Decimal] = {}
        for position in ledger.positions.values():
            symbol = position.instrument.symbol
            held = positions.get(symbol, Decimal(0)) + position.side * position.qty
            positions[symbol] = held
        return Held(
            name,
            account.identity.firm_id,
            account.identity.trader_id,
            str(account.ruleset.ref),
            ledger.currency,
            ledger.balance,
            {symbol: qty for symbol, qty in positions.items() if qty},
            self._trades.setdefault(name, Trades()),
            self._opened_ms.get(name, 0),
            self.next_offset,
        )

    def _start(self, entry: Entry) -> ReferenceEngine:
        genesis = entry.genesis
        assert genesis is not None, "the journal's first record tells what holds before its entries"
        rulesets = [load_ruleset(document) for document in genesis.rulesets]
        owns = self._accounts.__contains__
        engine = make_engine(self._kind, genesis.instruments, rulesets, owns)
        assert isinstance(engine, ReferenceEngine), "both engines are"
        return engine
