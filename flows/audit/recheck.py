"""Judges a bundle again, by the reference engine and from the bundle alone."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from flows.audit.bundle import read_case
from flows.audit.case import Verdict, decisions_of, judge
from schemas.audit.verify import Problem, trail_of
from schemas.errors import InputError

_SHOWN = 60  # characters of a value in a message
BROKEN = (
    InputError,
    ValueError,
    KeyError,
    TypeError,
    AttributeError,
    IndexError,
    ArithmeticError,
    AssertionError,
    RecursionError,
    StopIteration,
)
"""What reading a bundle that nobody wrote so may raise."""


def recheck(files: Mapping[str, bytes]) -> Iterator[Problem]:
    """Yield how the reference engine differs from what the trail of a bundle says."""
    try:
        verdict = judge(read_case(files))
        as_of = int(json.loads(files["manifest.json"])["as_of"]["seq"])
        trail = trail_of(files)
        messages = [*_decisions(verdict, trail, as_of), *_refusals(verdict, trail)]
        messages += _acts(verdict, trail)
    except BROKEN as error:
        messages = [f"cannot be judged again: {str(error) or type(error).__name__}"]
    yield from (Problem("recomputed", message) for message in messages)


def first_difference(wanted: object, found: object, path: str = "") -> str | None:
    """Say where two JSON values first differ, and how; None when they are equal."""
    if isinstance(wanted, dict) and isinstance(found, dict):
        for name in sorted(wanted.keys() | found.keys()):
            inner = first_difference(
                wanted.get(name), found.get(name), f"{path}.{name}".lstrip(".")
            )
            if inner is not None:
                return inner
        return None
    if isinstance(wanted, list) and isinstance(found, list) and len(wanted) == len(found):
        pairs = enumerate(zip(wanted, found, strict=True))
        inside = (first_difference(*pair, f"{path}.{at}") for at, pair in pairs)
        return next((inner for inner in inside if inner is not None), None)
    if wanted == found:
        return None
    return f"{path or 'it'} was {_short(wanted)}, recomputed {_short(found)}"


def _short(value: object) -> str:
    shown = json.dumps(value, ensure_ascii=False)
    return shown if len(shown) <= _SHOWN else shown[:_SHOWN] + "…"


def _decisions(verdict: Verdict, trail: list[dict[str, Any]], as_of: int) -> Iterator[str]:
    made = decisions_of(verdict)
    recorded = [record for record in trail if "decision" in record]
    for record, found in zip(recorded, made, strict=False):
        difference = first_difference(record["decision"], found)
        if difference is not None:
            kind = record["decision"]["type"]
            yield f"record {record['n']} ({kind} at seq {record['seq']}): {difference}"
            return
    if len(recorded) > len(made):
        record = recorded[len(made)]
        kind = record["decision"]["type"]
        yield f"record {record['n']} ({kind} at seq {record['seq']}) does not follow from the rest"
    # What the checkpoint's own instant decided after it was made belongs to the next one.
    beyond = [item for item in made[len(recorded) :] if item["seq"] < as_of]
    if beyond:
        kind, seq = beyond[0]["type"], beyond[0]["seq"]
        yield f"a {kind} at seq {seq} follows from the rest and is not in the trail"


def _refusals(verdict: Verdict, trail: list[dict[str, Any]]) -> Iterator[str]:
    for record in trail:
        if "event" not in record:
            continue
        refused = record.get("refused")
        wanted = refused and (refused["code"], refused["path"], refused["message"])
        if verdict.refused.get(record["position"]) != wanted:
            event = record["event"]
            yield f"record {record['n']} ({event['type']} {event['event_id']}) is not refused so"


def _acts(verdict: Verdict, trail: list[dict[str, Any]]) -> Iterator[str]:
    acts = {act.position: act for act in verdict.acts}
    for record in trail:
        if "event" not in record:
            continue
        act = acts.get(record["position"])
        for name in ("before", "after"):
            wanted, found = record.get(name), None if act is None else getattr(act, name)
            difference = first_difference(wanted, found, name)
            if difference is not None:
                yield f"record {record['n']} ({record['event']['type']}): {difference}"
