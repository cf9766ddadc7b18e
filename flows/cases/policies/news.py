"""Cases about profit made around news, which counts in part."""

from decimal import Decimal

from flows.cases.checks import Told
from flows.cases.document import Case, CaseEvent, NotSupported
from flows.cases.given import Given
from flows.cases.policies.amounts import SIZE, SPLIT
from flows.cases.policies.facts import Facts
from flows.engines import EngineKind
from rules.payouts.amount import portion
from rules.payouts.news import NewsTerms
from schemas.errors import InputError
from schemas.money import ZERO
from schemas.rulesets import parse_time_of_day

_OPENED = ("open", "opened", "open_time", "entry", "entry_time", "opened_at")
_CLOSED = ("close", "closed", "close_time", "exit", "exit_time", "closed_at")
_NEWS = ("news_time", "event", "news_at", "event_time")


def tell_news_profit(case: Case, _engine: EngineKind) -> Told:
    """Tell a case about profit made around news."""
    given = Given.params(case)
    factor = given.number("profit_factor", "profit_share", "factor", "counted_share")
    losses = given.number("loss_factor", "loss_share")
    terms = NewsTerms(
        before_s=given.whole("before_s", "window_before_s", "window_s") or 0,
        after_s=given.whole("after_s", "window_after_s") or 0,
        profit_factor=ZERO if factor is None else factor,
        loss_factor=Decimal(1) if losses is None else losses,
    )
    at = given.take(*_NEWS)
    initial = given.number(*SIZE) or ZERO
    share = (given.numbers(*SPLIT) or [Decimal(1)])[0]
    given.finish()
    facts = Facts()
    results: list[tuple[Decimal, bool]] = []
    for event in case.events:
        result, news = _result(event, terms, at)
        results.append((result, news))
        counted = terms.counted([(result, news)])
        facts.say(event.i, counted, "counted", "counted_profit", "counts")
        facts.say(event.i, news, "news", "affected", "in_window")
        facts.say(event.i, result - counted, "deducted", "deduction")
    total, counted = sum((result for result, _ in results), ZERO), terms.counted(results)
    facts.say(
        None, counted, "counted_profit", "adjusted_profit", "total_counted", "counted_total",
        "net_counted", "profit_after",
    )  # fmt: skip
    facts.say(None, total, "total", "total_profit", "raw_profit", "gross_profit")
    facts.say(None, total - counted, "deducted", "deduction", "excluded", "removed", "not_counted")
    facts.say(None, counted - total, "adjustment")
    facts.say(None, initial + counted, "balance_after", "adjusted_balance", "balance")
    paid = portion(share, max(ZERO, counted))
    facts.say(None, paid, "payout", "trader", "trader_share", "trader_payout")
    return facts.told(case, initial)


def _result(event: CaseEvent, terms: NewsTerms, at: object) -> tuple[Decimal, bool]:
    fields = Given.event(event)
    result = fields.needed("amount", "profit", "net_pnl", "pnl", "result")
    if event.type == "loss" and result > 0:
        result = -result
    news = fields.flag("news", "in_news_window", "news_trade", "in_window", "affected")
    opened, closed = fields.take(*_OPENED), fields.take(*_CLOSED)
    at = fields.take(*_NEWS) or at
    fields.take("id", "symbol", "order", "partial")
    fields.finish()
    if news is None:
        if at is None or (opened is None and closed is None):
            news = "news" in event.type
        else:
            fills = [_seconds(fill) for fill in (opened, closed) if fill is not None]
            news = terms.touches(_seconds(at), *fills)
    return result, news


def _seconds(value: object) -> int:
    try:
        return parse_time_of_day(str(value))
    except InputError:
        raise NotSupported(f"time {value!r}") from None
