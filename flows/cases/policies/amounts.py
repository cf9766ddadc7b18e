"""Cases about how much a payout is: splits, caps, sweeps, and what is paid after a breach."""

from decimal import Decimal
from typing import NamedTuple

from flows.cases.checks import Told
from flows.cases.document import Case, CaseEvent, NotSupported
from flows.cases.given import Given
from flows.cases.policies.facts import Facts
from flows.engines import EngineKind
from rules.payouts.amount import (
    Payout,
    after_breach,
    cap_then_split,
    lowest_cap,
    portion,
    split_then_cap,
)
from rules.payouts.split import Tier, share_of_payout, tiered_split
from schemas.money import ZERO

SIZE = ("account", "initial_balance", "size", "account_size", "start_balance")
SPLIT = ("splits", "split", "trader_split", "profit_split", "share", "trader_share")
_ONE = Decimal(1)


class _Terms(NamedTuple):
    """A firm's terms, as a case gives them."""

    size: Decimal
    shares: list[Decimal]
    tiers: list[Tier]
    cap: Decimal | None
    cap_of_size: Decimal | None
    cap_of_balance: Decimal | None
    cap_of_profit: Decimal | None
    least: Decimal
    buffer: Decimal
    split_first: bool
    resets: bool
    window: Decimal | None
    scale_above: Decimal | None
    scale_from: Decimal | None
    sizes: list[Decimal]


def tell_amounts(case: Case, _engine: EngineKind) -> Told:
    """Tell a case about amounts of payouts."""
    story = _Story(_terms(case))
    for event in case.events:
        story.tell(event)
    return story.facts.told(case, story.terms.size)


def _terms(case: Case) -> _Terms:
    given = Given.params(case)
    order = given.text("order", "cap_order") or case.family
    after = given.text("after", "after_payout", "payout_effect")
    swept = given.take("sweep", "sweep_schedule") is not None
    pairs = given.rows("split_tiers", "tiers", "split_ladder")
    if any(len(pair) != 2 for pair in pairs):
        raise NotSupported("parameter `split_tiers`, of other rows than a start and a share")
    terms = _Terms(
        size=given.number(*SIZE) or Decimal(100_000),
        shares=given.numbers(*SPLIT) or [_ONE],
        tiers=[Tier(*pair) for pair in pairs],
        cap=given.number("cap", "cap_amount", "max_payout", "cap_abs"),
        cap_of_size=given.number("cap_pct", "cap_pct_of_account", "cap_pct_of_initial"),
        cap_of_balance=given.number("cap_pct_of_balance", "cap_balance_pct", "max_pct_of_balance"),
        cap_of_profit=given.number("cap_pct_of_profit", "max_pct_of_profit"),
        least=given.number("min_payout", "min_amount", "min_withdrawal") or ZERO,
        buffer=given.number("buffer", "safety_net", "buffer_amount") or ZERO,
        split_first="split_then_cap" in order.replace(" ", "_"),
        resets=swept or "reset" in after or "initial" in after,
        window=given.number("window_days", "claim_window_days"),
        scale_above=given.number("scale_if_profit_gt", "scale_if_profit_pct_gt"),
        scale_from=given.number("scale_if_profit_gte", "scale_at_profit_pct", "scale_if_profit_ge"),
        sizes=given.numbers("next_size", "next_sizes", "sizes"),
    )
    given.take("condition", "conditions", "requires")
    given.finish()
    return terms


class _Story:
    """Goes through the events with a balance, a size, and what was paid so far."""

    def __init__(self, terms: _Terms) -> None:
        self.terms = terms
        self.facts = Facts()
        self._size = terms.size
        self._balance = terms.size
        self._number = 1
        self._paid = ZERO
        self._breached = False
        self._sizes = list(terms.sizes)

    def tell(self, event: CaseEvent) -> None:
        """Tell one event: what the account has, and what is paid out of that."""
        given = Given.event(event)
        result = given.number("net_pnl", "pnl", "result")
        if result is not None:
            self._balance += result
            self._day(event.i, given)
        else:
            self._request(event, given)
        given.finish()

    # A day pays nothing; it says what would be paid if the account ended, or asked, there.
    def _day(self, index: int, given: Given) -> None:
        self._breached |= given.take("breach") not in (None, False)
        kept = self._kept(given)
        balance = self._balance
        if self._breached:
            share = share_of_payout(self.terms.shares, self._number)
            paid = after_breach(balance, self._size, share, kept=kept)
        else:
            paid = self._paid_of(balance - self._size, balance)
        self._say(index, paid, balance - paid.withdrawn)

    def _kept(self, given: Given) -> bool:
        met = given.flag("condition_met", "conditions_met", "eligible", "all_trades_had_sl")
        late = given.number("days_since_breach", "requested_after_days", "days_after_breach")
        within = late is None or self.terms.window is None or late <= self.terms.window
        return met is not False and within

    def _request(self, event: CaseEvent, given: Given) -> None:
        asked = None
        amount = given.number("amount", "profit", "gross", "withdrawal")
        level = given.number("equity", "balance")
        if level is not None:
            self._balance = level
            asked = amount
        elif amount is not None and event.type in {"payout", "withdrawal", "request"}:
            asked = amount
        elif amount is not None:
            self._balance = self._size + amount
        else:
            raise NotSupported(f"event `{event.type}` without an amount")
        given.take("currency", "n", "number")
        balance, profit = self._balance, self._balance - self._size
        paid = self._paid_of(profit if asked is None else asked, balance)
        scaled = self._scale(profit)
        self._balance = self._size if self.terms.resets or scaled else balance - paid.withdrawn
        self._say(event.i, paid, self._balance)
        self.facts.say(event.i, scaled, "scaled", "scale", "scale_up", "upgraded")
        self.facts.say(event.i, self._size, "size", "account_size", "new_size", "next_size")
        self._number += 1
        self._paid += paid.withdrawn

    def _paid_of(self, profit: Decimal, balance: Decimal) -> Payout:
        terms = self.terms
        profit -= terms.buffer
        of_balance, of_profit = terms.cap_of_balance, terms.cap_of_profit
        cap = lowest_cap(
            terms.cap,
            None if terms.cap_of_size is None else portion(terms.cap_of_size, self._size),
            None if of_balance is None else portion(of_balance, balance),
            None if of_profit is None else portion(of_profit, max(ZERO, profit)),
        )
        share = share_of_payout(terms.shares, self._number)
        pay = split_then_cap if terms.split_first else cap_then_split
        paid = pay(profit, cap, share)
        if terms.tiers:
            paid = paid._replace(trader=tiered_split(terms.tiers, paid.withdrawn, self._paid))
        return paid if paid.trader >= terms.least else Payout(ZERO, ZERO)

    def _scale(self, profit: Decimal) -> bool:
        terms = self.terms
        above, least = terms.scale_above, terms.scale_from
        scaled = (above is not None and profit > portion(above, self._size)) or (
            least is not None and profit >= portion(least, self._size)
        )
        if scaled and self._sizes:
            self._size = self._sizes.pop(0)
        return scaled

    def _say(self, index: int, paid: Payout, balance_after: Decimal) -> None:
        say = self.facts.say
        say(index, paid.trader, "payout", "paid", "trader", "trader_payout", "trader_amount")
        say(index, paid.trader, "trader_share", "reward", "net_payout", "payout_amount")
        say(index, paid.withdrawn, "withdrawn", "gross", "withdrawal", "gross_payout", "swept")
        say(index, paid.firm, "firm", "firm_share", "firm_amount")
        say(index, balance_after, "balance_after", "new_balance")
        say(index, paid.trader > 0, "eligible", "paid_out")
        if index is not None:
            say(index, balance_after + paid.withdrawn, "balance")
