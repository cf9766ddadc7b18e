"""Cases about a cap with time to come back inside: one account, second by second."""

import re
from decimal import Decimal

from flows.cases.checks import Told
from flows.cases.clock import clock_of, read_label
from flows.cases.document import Case, CaseEvent, NotSupported, number
from flows.cases.holder import SECOND, Holder, standing
from flows.cases.reading import Reading
from flows.cases.ruleset import RULE, case_ruleset
from flows.cases.standing import ACCOUNT
from flows.cases.story import Story
from flows.cases.telling import Facts, entry_of, required, start_of
from flows.engines import EngineKind
from schemas.money import ZERO

_RENAMED = {
    "multiple_of_balance": "multiple",
    "multiple_of_equity": "multiple",
    "multiple_of_initial": "multiple",
    "cure_s": "grace_s",
    "initial_balance": "initial_balance",
}
_SECONDS = re.compile(r"(\d+)\s*s?")
_MINUTES = re.compile(r"(\d+)\s*m(?:in)?")
_ONE = Decimal(1)
_HELD = "HELD"
"""One position in something that costs 1, so that a fill changes its worth in one step."""
_SAID = {
    "warn": ("warn", "warning", "cure"),
    "cured": ("cured", "ok", "none"),
    "fail": ("fail", "failed", "breach", "terminate", "close account"),
}


def tell_cap(case: Case, engine: EngineKind) -> Told:
    """Tell a case about a cap on what is held; its labels count seconds."""
    entry = entry_of(case, "notional_cap", ("multiple", "grace_s", "cures_allowed"), _RENAMED)
    for base in ("balance", "equity", "initial"):
        if f"multiple_of_{base}" in case.params:
            entry["pct_base"] = base
    clock = clock_of(case.params)
    ruleset = case_ruleset(clock, [entry], [])
    first = required(case.events[0], "balance") if case.events else None
    initial = case.params.get("initial_balance", first)
    if initial is None:
        raise NotSupported("no balance")
    story, seqs, start = Story(), {}, start_of(clock)
    holder = Holder(story, ACCOUNT, number(initial, "the first balance"), start)
    story.tick(story.now, _ONE, _HELD)
    held = ZERO
    for event in case.events:
        event.only("balance", "notional", "equity")
        balance, worth = required(event, "balance"), required(event, "notional")
        if event.amount("equity") not in {None, balance}:
            raise NotSupported("an equity that is not the balance")
        holder.pin(_moment(event, story.now, start))
        if worth >= held:
            holder.stand_at(balance)  # first what lets it hold more, or less
        holder.change(_HELD, _HELD, worth - held, _ONE)
        holder.stand_at(balance)
        held = worth
        seqs[event.i] = holder.report()
    return _read(case, story.run(ruleset, engine), seqs)


def _moment(event: CaseEvent, now: int, start: int) -> int:
    for pattern, seconds in ((_SECONDS, 1), (_MINUTES, 60)):
        match = pattern.fullmatch(event.label.strip())
        if match:
            return start + (int(match[1]) * seconds + 10) * SECOND
    if read_label(event.label).day is not None:
        raise NotSupported(f"time {event.label!r}")
    return now + 60 * SECOND


def _read(case: Case, decisions: list[dict[str, object]], seqs: dict[int, int]) -> Told:
    facts = Facts()
    before = 0
    for event in case.events:
        seq = seqs[event.i]
        stand = standing(decisions, ACCOUNT, seq)
        warned = [made for made in Reading(decisions, ACCOUNT, seq).of("warning")
                  if made["rule"] == RULE and made["level"] == "1"]  # fmt: skip
        if stand.broken:
            action = "fail"
        elif any(made["seq"] > before for made in warned):
            action = "warn"
        else:
            inside = stand.observed is not None and stand.observed <= (stand.limit or ZERO)
            action = "cured" if inside else "grace"
        before = seq
        facts.put(event.i, limit=stand.limit, notional=stand.observed, violation=stand.broken,
                  breach=stand.broken, action=_in_words(case, event.i, action))  # fmt: skip
    return facts.told(case)


# The firm's own word for what happened, where it has another one.
def _in_words(case: Case, event: int, action: str) -> str:
    for check in case.checks:
        wanted = str(check.expected.get("action"))
        if check.i == event and wanted in _SAID.get(action, ()):
            return wanted
    return action
