"""The whole oracle: what the contract says a journal leads to, worked out a second way.

It is slow and plain, has none of the engines' code, and gives rows instead of decisions:
(seq, ts, account, type, …). `rows_of` turns an engine's decisions into the same rows.
"""

from copy import deepcopy
from fractions import Fraction
from operator import itemgetter
from typing import Any

from schemas.instants import parse_instant
from tests.rules.kit import Entry, Tick
from tests.rules.oracle.account import Account
from tests.rules.oracle.money import Market, Raw, Refused, shown, units


class Journal:
    """Runs entries; `rows` and `refused` say what came of them."""

    def __init__(self, instruments: list[Raw], documents: list[Raw], progress: str) -> None:
        self.market = Market(instruments)
        self.documents = {_ref(document): document for document in documents}
        self.every = progress == "every"
        self.accounts: dict[str, Account] = {}
        self.keyed: list[tuple[tuple[Any, ...], tuple[Any, ...]]] = []
        self.refused: list[tuple[int, str]] = []
        self.seq = 0
        self.now = 0

    def run(self, entries: list[Entry]) -> "Journal":
        for position, entry in enumerate(entries, start=1):
            try:
                self.take(entry)
            except Refused as error:
                self.refused.append((position, str(error)))
        for account in self.accounts.values():
            account.report(self.market)
            self.collect(account, self.now, first=10**6)
        return self

    @property
    def rows(self) -> list[tuple[Any, ...]]:
        """What was decided, in the order of the contract."""
        return [row for _, row in sorted(self.keyed, key=itemgetter(0))]

    def take(self, entry: Entry) -> None:
        what = entry.what
        if isinstance(what, Tick):
            self.accept(entry.ts)
            self.market.tick(*what)
            for account in self.accounts.values():
                account.settle(self.market)
                self.collect(account, entry.ts)
        elif what["type"] == "account.opened":
            account = self.opened(what, entry.ts)
            self.accept(entry.ts)
            self.accounts[account.name] = account
            account.open(self.market)
            self.collect(account, entry.ts)
        elif "account_id" in what:
            self.account_event(what, entry.ts)
        else:
            self.market_event(what)
            self.accept(entry.ts)

    def accept(self, ts: int) -> None:
        """Count an input and run the boundaries before it."""
        self.seq += 1
        self.now = ts
        while True:
            due = sorted((a.next_due, name) for name, a in self.accounts.items() if not a.ended)
            if not due or due[0][0] > ts:
                return
            instant, name = due[0]
            self.accounts[name].boundary(instant, self.market)
            self.collect(self.accounts[name], instant, derived=True)

    def collect(self, account: Account, ts: int, *, derived: bool = False, first: int = 0) -> None:
        for ordinal, row in enumerate(account.out, start=first):
            key = (ts, self.seq, not derived, account.name, ordinal)
            self.keyed.append((key, (self.seq, ts, account.name, *row)))
        account.out.clear()

    def opened(self, event: Raw, ts: int) -> Account:
        if event["account_id"] in self.accounts:
            raise Refused("duplicate_account")
        document = self.documents.get(event["ruleset"])
        if document is None:
            raise Refused("unknown_ruleset")
        if event.get("currency") not in {None, document["currency"]}:
            names = [phase["name"] for phase in document["phases"]]
            known = event.get("phase", names[0]) in names
            raise Refused("currency_mismatch" if known else "unknown_phase")
        return Account(event, document, ts)

    def account_event(self, event: Raw, ts: int) -> None:
        """Try it on a copy that has seen the boundaries due; then do it."""
        account = self.accounts.get(event["account_id"])
        if account is None:
            raise Refused("unknown_account")
        trial = deepcopy(account)
        while not trial.ended and trial.next_due <= ts:
            trial.boundary(trial.next_due, self.market)
        self.act(trial, event, ts)
        self.accept(ts)
        self.act(account, event, ts)
        if self.every and not any(row[0] == "progress" for row in account.out):
            account.report(self.market)
        self.collect(account, ts)

    def act(self, account: Account, event: Raw, ts: int) -> None:
        kind = event["type"]
        if kind == "fill":
            trade = account.books.fill(event, self.market)
            if trade is not None:
                for goal in account.goals:
                    goal.trade(trade[3])
            account.settle(self.market)
            if account.state == "awaiting_kyc" and not account.flagged:
                account.flagged = True
                self.gate(account)
        elif kind == "balance.adjusted":
            self.adjust(account, event)
        elif kind == "kyc.updated":
            self.kyc(account, event["status"])
        elif kind == "account.overridden":
            self.override(account, event, ts)
        elif kind == "position.protected":
            self.protect(account, event)
        else:
            self.order(account, kind, event)

    def gate(self, account: Account) -> None:
        books = account.books
        sums = shown(books.equity(self.market)[0]), shown(books.balance)
        account.tell("breach", "kyc_gate", "flag", None, None, None, *sums, ())
        account.tell("intervention", ("notify",))

    def adjust(self, account: Account, event: Raw) -> None:
        amount, share = units(event["amount"]), event.get("trader_share")
        account.books.adjust(event["reason"], amount)
        if not account.ended:
            for rule in account.rules:
                rule.adjust(event["reason"], amount, None if share is None else units(share))
        account.settle(self.market)

    def kyc(self, account: Account, status: str) -> None:
        state = account.state
        if state == "awaiting_kyc" and status == "approved":
            account.move("active", "kyc_approved")
        elif account.phase.get("funded") and status == "rejected":
            if state == "active":
                account.move("awaiting_kyc", "kyc_rejected")
            elif state in {"paused", "suspended"}:
                raise Refused("bad_state")
        account.settle(self.market)

    def override(self, account: Account, event: Raw, ts: int) -> None:
        action, state = event["action"], account.state
        if action == "migrate":
            self.migrate(account, event["ruleset"], ts)
        elif (action, state) in {("suspend", "active"), ("pause", "active")}:
            account.move("suspended" if action == "suspend" else "paused", action)
            account.by_operator = action == "pause"
        elif (action, state) == ("reinstate", "suspended"):
            account.move("paused" if account.pausing() else "active", action)
            account.by_operator = False
        elif (action, state) == ("unpause", "paused"):
            account.move("active", action)
            account.by_operator = False
        elif action == "close" and state in {"active", "paused", "suspended"}:
            account.move("closed", action)
        else:
            raise Refused("bad_state")
        account.settle(self.market)

    def migrate(self, account: Account, ref: str, ts: int) -> None:
        document = self.documents.get(ref)
        if document is None:
            raise Refused("unknown_ruleset")
        if account.ended:
            raise Refused("bad_state")
        if document["currency"] != account.books.currency:
            raise Refused("currency_mismatch")
        account.bind(document, ts)
        if account.state == "paused" and not account.by_operator and not account.pausing():
            account.move("active", "pause_ended")

    def protect(self, account: Account, event: Raw) -> None:
        books, symbol = account.books, event.get("symbol")
        by_symbol = "position_id" not in event or (books.mode == "netting" and symbol is not None)
        if by_symbol:
            found = [held for held in books.positions.values() if held.symbol == symbol]
        else:
            found = [books.positions.get(event["position_id"])]
        if len(found) != 1 or found[0] is None:
            raise Refused("bad_value")
        if symbol not in {None, found[0].symbol}:
            raise Refused("symbol_mismatch")

    def order(self, account: Account, kind: str, event: Raw) -> None:
        orders, name = account.books.orders, event["order_id"]
        if (kind == "order.placed") == (name in orders):
            raise Refused("bad_value")
        if kind == "order.cancelled":
            del orders[name]
        elif event.get("qty") is not None:
            orders[name] = Fraction(event["qty"])

    def market_event(self, event: Raw) -> None:
        if event["type"] == "ruleset.published":
            document = event["document"]
            if any(
                rule["family"] == "none" for phase in document["phases"] for rule in phase["rules"]
            ):
                raise Refused("bad_value")
            if self.documents.setdefault(_ref(document), document) != document:
                raise Refused("bad_value")
        elif event["type"] == "instrument.listed":
            item = event["instrument"]
            known = self.market.instruments
            if known.get(item["symbol"], item) != item:
                raise Refused("bad_value")
            if item.get("conversion", {}).get("symbol", item["symbol"]) == "NONE":
                raise Refused("unknown_symbol")
            known[item["symbol"]] = item


def _ref(document: Raw) -> str:
    return f"{document['ruleset']}@{document['version']}"


FIELDS = {
    "state": ("from", "to", "reason"),
    "breach": (
        "rule",
        "breach_kind",
        "observed",
        "floor",
        "overshoot",
        "equity",
        "balance",
        "also",
    ),
    "intervention": ("actions",),
    "warning": ("rule", "level", "used", "floor", "room"),
}


def rows_of(decisions: list[Raw]) -> list[tuple[Any, ...]]:
    """Decisions of an engine as rows of the oracle."""
    return [
        (made["seq"], parse_instant(made["ts"]), made["account_id"], *_row(made))
        for made in decisions
    ]


def _row(made: Raw) -> tuple[Any, ...]:
    kind = made["type"]
    if kind == "phase.passed":
        return kind, tuple(goal["value"] for goal in made["goals"]), made["next_phase"]
    if kind == "progress":
        goals = tuple((goal["value"], goal["needed"], goal["met"]) for goal in made["goals"])
        rules = tuple(
            (rule["floor"], rule["room"], rule["used"], rule["latched"]) for rule in made["rules"]
        )
        sums = (made["state"], made["equity"], made["balance"], made["unpriced"])
        return kind, *sums, goals, rules
    values = (made[name] for name in FIELDS[kind])
    return kind, *(tuple(value) if isinstance(value, list) else value for value in values)
