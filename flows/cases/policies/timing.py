"""Cases about when a payout may be asked for."""

import re
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

from flows.cases.checks import Told
from flows.cases.clock import DAY_ONE
from flows.cases.document import Case, CaseEvent, NotSupported
from flows.cases.given import Given
from flows.cases.policies.facts import Facts
from flows.engines import EngineKind
from rules.payouts.eligibility import Comparator, Record, Terms, earliest_request, missing
from schemas.money import ZERO

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH_DAY = re.compile(rf"({'|'.join(_MONTHS)})[a-z]*[- ](\d{{1,2}})", re.IGNORECASE)
_DAY = re.compile(r"(D|Day )(\d{1,3})", re.IGNORECASE)
_ISO = re.compile(r"\d{4}-\d\d-\d\d")
_YEAR = 2023  # of labels without one; no year in which a 29 February could slip in
_FIRST = ("first_trade", "trade", "trade_open", "start", "first_fill")


class _When(NamedTuple):
    """A day, and how to write another day the same way."""

    day: date
    label: str

    def like(self, other: date) -> str:
        """Write a day as this one was written."""
        if match := _DAY.fullmatch(self.label):
            return f"{match[1]}{(other - DAY_ONE).days + 1}"
        if _ISO.fullmatch(self.label):
            return other.isoformat()
        sign = self.label[len(self.label.rstrip("0123456789")) - 1]
        month = _MONTHS[other.month - 1].capitalize()
        return f"{month}{sign}{other.day:02}"


def tell_timing(case: Case, _engine: EngineKind) -> Told:
    """Tell a case about the first payout, and requests for one."""
    given = Given.params(case)
    days = given.whole(
        "min_calendar_days_from_first_trade", "min_days_from_first_trade", "min_calendar_days",
        "days_from_first_trade", "min_days", "days", "cycle_days", "first_payout_days",
    )  # fmt: skip
    needs = given.texts("requires", "require", "conditions")
    later = given.whole("then_every_days", "next_after_days", "interval_days", "every_days")
    terms = _terms(days or 0, needs)
    given.finish()
    facts = Facts()
    first: _When | None = None
    paid: date | None = None
    for event in case.events:
        when = _when(event)
        fields = Given.event(event)
        if first is None:
            if event.type not in _FIRST:
                raise NotSupported(f"event `{event.type}` before the first trade")
            first = when
        elif event.type in {"request", "payout_request", "payout"}:
            record = _record(first.day, when.day, fields)
            start = first.day if paid is None or later is None else paid
            wait = terms.days_since_first_trade if paid is None or later is None else later
            asked = record._replace(first_trade=start)
            lacking = missing(terms._replace(days_since_first_trade=wait), asked)
            facts.say(event.i, not lacking, "eligible", "allowed", "approved", "ok")
            facts.say(event.i, bool(lacking), "denied", "rejected")
            paid = when.day if not lacking else paid
        elif event.type not in _FIRST:
            raise NotSupported(f"event `{event.type}`")
        fields.finish()
    if first is None:
        raise NotSupported("no first trade")
    earliest = first.like(earliest_request(first.day, terms.days_since_first_trade))
    facts.say(
        None, earliest, "earliest_request", "earliest", "first_payout", "earliest_payout",
        "earliest_date", "first_request",
    )  # fmt: skip
    if paid is not None and later is not None:
        following = first.like(paid + timedelta(days=later))
        facts.say(None, following, "next_request", "next_payout")
    return facts.told(case)


def _terms(days: int, needs: list[str]) -> Terms:
    terms = Terms(days_since_first_trade=days)
    for need in needs:
        words = need.replace(" ", "_")
        if "profit" in words:
            strict = ">" in words and ">=" not in words
            least = re.sub(r"[^0-9.]", "", words) or "0"
            comparator: Comparator = "gt" if strict else "gte"
            terms = terms._replace(min_profit=Decimal(least), comparator=comparator)
        elif "position" in words or "flat" in words:
            terms = terms._replace(flat=True)
        elif "order" in words:
            terms = terms._replace(no_orders=True)
        elif "days" not in words and "kyc" not in words:
            raise NotSupported(f"requirement {need!r}")
    return terms


def _record(first: date, today: date, fields: Given) -> Record:
    return Record(
        first_trade=first,
        today=today,
        profit=fields.number("profit", "net_profit", "amount") or ZERO,
        open_positions=_count(fields, "open_positions", "positions"),
        pending_orders=_count(fields, "pending_orders", "orders"),
    )


def _count(fields: Given, *names: str) -> int:
    value = fields.take(*names)
    if isinstance(value, list):
        return len(value)
    if value is None or isinstance(value, bool):
        return int(bool(value))
    return int(Decimal(str(value)))


def _when(event: CaseEvent) -> _When:
    label = event.label.strip()
    if match := _DAY.fullmatch(label):
        return _When(DAY_ONE + timedelta(days=int(match[2]) - 1), label)
    if match := _MONTH_DAY.fullmatch(label):
        month = _MONTHS.index(match[1].lower()) + 1
        try:
            return _When(date(_YEAR, month, int(match[2])), label)
        except ValueError:
            raise NotSupported(f"time {label!r}") from None
    if _ISO.fullmatch(label):
        return _When(date.fromisoformat(label), label)
    raise NotSupported(f"time {label!r}")
