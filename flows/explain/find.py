"""Finds a breach by its id, in a journal or a bundle, and makes the case to tell it from."""

from typing import Any, NamedTuple

import orjson

from flows.audit.bundle import read_case
from flows.audit.case import Case, Verdict, judge
from flows.audit.journals import Journal
from flows.audit.recheck import BROKEN
from flows.audit.report import check
from flows.audit.thin import make_case
from flows.failures import Failure
from rules.engine.evaluate import FastEngine
from rules.finish import Finished, Finisher
from schemas.audit.verify import trail_of, unpack
from schemas.instants import SECOND, parse_instant

AFTER = 900 * SECOND
"""How much of what came after a breach is looked at."""
SAMPLES = 300


class Found(NamedTuple):
    """A breach, its case, and what is wrong with the bundle it comes from, if it comes from one."""

    recorded: dict[str, Any]
    case: Case
    verdict: Verdict
    problems: list[str]


def in_journal(journal: Journal, decision_id: str) -> Found:
    """Find a breach in a journal and read of it no more than is needed.

    Raises:
        Failure: there is no such breach.
    """
    line = journal.recorded(decision_id)
    again, refused, end = _decide(journal, decision_id)
    recorded = again if line is None else orjson.loads(line)
    if recorded is None or recorded["type"] != "breach":
        raise Failure(f"no breach {decision_id} was decided there")
    until = parse_instant(recorded["ts"]) + AFTER
    account = recorded["account_id"]
    made = make_case(journal, account, refused, until=end, until_ts=until, samples=SAMPLES)
    return Found(recorded, made.case, made.verdict, [])


def in_bundle(data: bytes, decision_id: str, key: str | None) -> Found:
    """Find a breach in a bundle, and check the bundle.

    Raises:
        Failure: it cannot be read, or holds no such breach.
    """
    try:
        files = unpack(data)
        trail = [record["decision"] for record in trail_of(files) if "decision" in record]
        recorded = next((one for one in trail if one["decision_id"] == decision_id), None)
        case = read_case(files)
        verdict = judge(case)
    except BROKEN as error:
        reason = str(error) or type(error).__name__
        raise Failure(f"the bundle cannot be read: {reason}") from None
    if recorded is None or recorded["type"] != "breach":
        raise Failure(f"no breach {decision_id} is in the bundle")
    wrong = [f"{part}: {message}" for part, message in check(data, key).problems]
    return Found(recorded, case, verdict, wrong)


# Which entries are refused, and so what a decision's id is, only the whole journal tells. Dead
# letters tell it later: a breach is on its topic before what was refused around it is on theirs.
def _decide(journal: Journal, decision_id: str) -> tuple[dict[str, Any] | None, list[int], int]:
    """Return the decision, the refused positions, and behind which position nothing was judged."""
    start = journal.start
    engine, finisher = FastEngine(start.instruments, start.rulesets), Finisher()
    refused: list[int] = []
    found: dict[str, Any] | None = None
    last = (0, 0)
    for frame in journal.frames():
        finished, rejections = finisher.add([engine.process(frame)], frame.end)
        refused += [rejection.position for rejection in rejections]
        found = found or _among(finished, decision_id)
        if frame.n:  # the first of a live journal only tells what holds before it
            last = int(frame.ts[-1]), frame.end - 1
        if found is not None and last[0] > parse_instant(found["ts"]) + AFTER:
            return found, refused, frame.end
    if found is None and last[1]:
        ended = engine.finish(*last, final_progress=False)
        found = _among(finisher.flush([ended]), decision_id)
    return found, refused, last[1] + 1


def _among(finished: list[Finished], decision_id: str) -> dict[str, Any] | None:
    made = (item.decision for item in finished)
    return next((one for one in made if one["decision_id"] == decision_id), None)
