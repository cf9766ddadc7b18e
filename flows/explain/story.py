"""What there is to tell about one breach, from a case alone: the view that is shown, as JSON.

All amounts are decimal text. Everything comes from judging the case again by the reference engine,
but for the breach itself, which is the recorded one: whether both are the same is the verdict.
"""

import sys
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, NamedTuple

from flows.audit.case import Case, Entry, Moment, Verdict
from flows.audit.recheck import first_difference
from flows.explain.words import floor_in_words, verdict_in_words
from flows.failures import Failure
from rules.catalog import GOALS, RULES
from rules.ruleset import Ruleset, load_ruleset
from schemas.events import AccountOpened, RulesetPublished
from schemas.instants import instant_text, parse_instant
from schemas.money import text

ROWS_BEFORE, ROWS_AFTER = 12, 8
MOMENTS_BEFORE = 8
_SAID = ("action", "side", "qty", "symbol", "price", "amount", "reason", "status", "ruleset")
_OTHER_METRICS = ("balance", "min_balance_equity")
Json = dict[str, Any]


class Window(NamedTuple):
    """The moments a chart shows: the session up to the breach and a little more."""

    moments: list[Moment]
    breach: int
    """Which of them is the breach."""


def tell(case: Case, verdict: Verdict, recorded: Json) -> Json:
    """Tell everything about a breach.

    Args:
        case: of the account.
        verdict: what the reference engine makes of it.
        recorded: the breach as it was decided.
    """
    window = _window(verdict, recorded)
    ruleset = _ruleset(case, recorded)
    return {
        "breach": recorded,
        "verdict": _verdict(verdict, recorded),
        "rule": _rule(case, ruleset, recorded),
        "floor": _floor(case, verdict, recorded),
        "timeline": list(_timeline(verdict, window, recorded)),
        "chart": _chart(window, recorded),
        "as_of": {"seq": case.entries[-1].seq, "ts": instant_text(case.entries[-1].ts)},
    }


def breach_of(verdict: Verdict, decision_id: str) -> Json | None:
    """Return the breach the reference engine comes to, if it does."""
    made = (item.decision for item in verdict.decisions)
    return next((one for one in made if one["decision_id"] == decision_id), None)


def _verdict(verdict: Verdict, recorded: Json) -> Json:
    found = breach_of(verdict, recorded["decision_id"])
    if found is None:
        difference: str | None = "the reference engine does not come to this breach"
    else:
        difference = first_difference(recorded, found)
    words = None if recorded["floor"] is None else verdict_in_words(recorded)
    return {
        "engine": "reference",
        "same": difference is None,
        "difference": difference,
        "words": words,
    }


def _ruleset(case: Case, recorded: Json) -> Ruleset | None:
    published = [entry.event for entry in case.entries if isinstance(entry.event, RulesetPublished)]
    versions = [*case.rulesets, *(load_ruleset(event.document) for event in published)]
    wanted = recorded["ruleset_hash"]
    return next((version for version in versions if version.hash == wanted), None)


# The rule as it is written, with what this account has of its own; and its family in a sentence.
def _rule(case: Case, ruleset: Ruleset | None, recorded: Json) -> Json:
    name, family = recorded["rule"], recorded["family"]
    known = RULES.get(family) or GOALS.get(family)
    doc = sys.modules[known.params.__module__].__doc__ if known is not None else None
    shown: Json = {
        "id": name,
        "family": family,
        "sentence": None if doc is None else doc.strip().partition("\n")[0],
        "ruleset": recorded["ruleset"],
        "hash": recorded["ruleset_hash"],
        "phase": recorded["phase"],
        "session": None,
        "text": None,
        "overrides": {},
    }
    if ruleset is not None:
        content = ruleset.document.content
        phase = next(one for one in content["phases"] if one["name"] == recorded["phase"])
        shown["text"] = next((one for one in phase["rules"] if one["id"] == name), None)
        own = shown["text"] or {}
        shown["session"] = {
            "timezone": own.get("reset_tz", content["session"]["timezone"]),
            "reset": own.get("reset_time", content["session"]["reset"]),
        }
    opened = [entry.event for entry in case.entries if isinstance(entry.event, AccountOpened)]
    given = (opened[0].overrides or {}) if opened else {}
    if name in given:
        shown["overrides"] = {key: str(value) for key, value in given[name].items()}
    return shown


def _floor(case: Case, verdict: Verdict, recorded: Json) -> Json | None:
    floor = recorded["evidence"].get("floor")
    if floor is None:
        return None
    seq = floor["set_by_seq"]
    own = [moment for moment in verdict.moments if moment.entry.seq == seq]
    entry = next((entry for entry in case.entries if entry.seq == seq and not entry.context), None)
    return {
        "words": floor_in_words(floor),
        "set_by": None if entry is None else _entry(own[-1] if own else None, entry),
    }


def _entry(moment: Moment | None, entry: Entry) -> Json:
    what = "a session ends" if _passes(entry) else _what(entry)
    shown: Json = {"seq": entry.seq, "ts": instant_text(entry.ts), "words": what}
    if moment is not None:
        shown |= {"equity": text(moment.equity), "balance": text(moment.balance)}
    return shown


def _window(verdict: Verdict, recorded: Json) -> Window:
    instant = parse_instant(recorded["ts"])
    derived = {item.decision["ts"] for item in verdict.decisions if item.derived}
    ends = (parse_instant(ts) for ts in derived)
    moments = verdict.moments
    if not moments:
        raise Failure("the account is never opened there")
    seq = recorded["seq"]
    # A boundary is decided with the entry it precedes, which may come much later.
    decided = next((one for one in moments if one.entry.seq >= seq), moments[-1])
    start = max([moments[0].entry.ts, *(ts for ts in ends if ts < instant)])
    until = max(instant + (instant - start) // 10, decided.entry.ts)
    at = next(index for index, moment in enumerate(moments) if moment is decided)
    first = next(index for index, moment in enumerate(moments) if moment.entry.ts >= start)
    first = min(first, max(0, at - MOMENTS_BEFORE))  # a session that has just begun shows little
    last = max(index for index, moment in enumerate(moments) if moment.entry.ts <= until)
    return Window(moments[first : last + 1], at - first)


def _timeline(verdict: Verdict, window: Window, recorded: Json) -> Iterator[Json]:
    moments, at = window
    rows = _chosen(verdict, window, recorded)
    decisions: dict[int, list[Json]] = {}
    for item in verdict.decisions:
        if item.decision["type"] != "progress":
            decisions.setdefault(item.decision["seq"], []).append(item.decision)
    ended = {item.decision["seq"] for item in verdict.decisions if item.derived}
    for index in rows:
        moment = moments[index]
        floor = moment.floors.get(recorded["rule"])
        entry = moment.entry
        refused = verdict.refused.get(entry.position)
        made = [] if refused else decisions.pop(entry.seq, [])
        yield {
            "seq": entry.seq,
            "ts": instant_text(entry.ts),
            "kind": "tick" if entry.quote else "event" if entry.event else "time",
            "what": "a session ends" if _passes(entry) and entry.seq in ended else _what(entry),
            "refused": None if refused is None else f"{refused[0]}: {refused[2]}",
            "equity": text(moment.equity),
            "balance": text(moment.balance),
            "floor": None if floor is None else text(floor),
            "room": None if floor is None else text(_observed(moment, recorded) - floor),
            "decided": index == at,
            "decisions": [_decided(one) for one in made],
        }


# The account's own events, whatever was decided, the tick that set the floor, and what stands
# right before and after the breach.
def _chosen(verdict: Verdict, window: Window, recorded: Json) -> list[int]:
    moments, at = window
    floor = recorded["evidence"].get("floor") or {}
    telling = {item.decision["seq"] for item in verdict.decisions}
    telling.add(floor.get("set_by_seq"))
    own = [
        index
        for index, moment in enumerate(moments)
        if moment.entry.event is not None or moment.entry.seq in telling
    ]
    before = [index for index in own if index < at][-ROWS_BEFORE:]
    after = [index for index in own if index > at][:ROWS_AFTER]
    mark = [index for index in own if moments[index].entry.seq == floor.get("set_by_seq")]
    near = range(max(0, at - 4), min(len(moments), at + 5))
    return sorted({*before, *after, *near, *mark})


def _observed(moment: Moment, recorded: Json) -> Decimal:
    if recorded["metric"] == "balance":
        return moment.balance
    if recorded["metric"] == "min_balance_equity":
        return min(moment.balance, moment.equity)
    return moment.equity


def _passes(entry: Entry) -> bool:
    return entry.quote is None and entry.event is None


def _what(entry: Entry) -> str:
    if entry.quote is not None:
        quote = entry.quote
        last = "" if quote.last is None else f", last {text(quote.last)}"
        return f"{quote.symbol} {text(quote.bid)} / {text(quote.ask)}{last}"
    event = entry.event
    if event is None:
        return "time passes"
    words: list[str] = [event.type.replace(".", " ").replace("_", " ")]
    for name in (
        "action",
        "side",
        "qty",
        "symbol",
        "price",
        "amount",
        "reason",
        "status",
        "ruleset",
    ):
        value = getattr(event, name, None)
        if value is not None:
            words.append(text(value) if isinstance(value, Decimal) else str(value))
    operator = getattr(event, "operator", None)
    return " ".join(words) + (f", by {operator}" if operator else "")


def _decided(decision: Json) -> Json:
    kind = decision["type"]
    words = {
        "breach": lambda: f"breach of {decision['rule']} ({decision['breach_kind']})",
        "state": lambda: f"{decision['from']} → {decision['to']} ({decision['reason']})",
        "warning": lambda: f"warning: {decision['level']} of {decision['rule']} used",
        "intervention": lambda: "to do: " + ", ".join(decision["actions"]),
        "phase.passed": lambda: f"phase passed, next {decision['next_phase']}",
    }[kind]()
    return {"type": kind, "words": words, "decision_id": decision["decision_id"]}


def _chart(window: Window, recorded: Json) -> Json:
    moments, at = window
    names = sorted({name for moment in moments for name in moment.floors})
    floor = recorded["evidence"].get("floor") or {}
    mark = floor.get("set_by_seq")
    return {
        "equity": [[str(moment.entry.ts), text(moment.equity)] for moment in moments],
        "metric": None if recorded["metric"] not in _OTHER_METRICS else recorded["metric"],
        "observed": [
            [str(moment.entry.ts), text(_observed(moment, recorded))] for moment in moments
        ],
        "floors": {
            name: [
                [str(moment.entry.ts), text(moment.floors[name])]
                for moment in moments
                if name in moment.floors
            ]
            for name in names
        },
        "rule": recorded["rule"],
        "breach": at,
        "mark": next((i for i, moment in enumerate(moments) if moment.entry.seq == mark), None),
    }
