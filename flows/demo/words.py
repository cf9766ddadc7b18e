"""A breach in words, from its own evidence: what anyone could recompute by hand."""

from collections.abc import Iterator
from typing import Any

_KINDS = {
    "hard": "the account is lost",
    "pause": "trading pauses until the next session",
    "flag": "noted, nothing else changes",
}


def breach_in_words(breach: dict[str, Any]) -> Iterator[str]:
    """Yield the lines of the story of one breach."""
    evidence = breach["evidence"]
    yield (
        f"Account {breach['account_id']} ({breach['firm_id']}, {breach['phase']}) broke "
        f"`{breach['rule']}` of {breach['ruleset']}: {_KINDS[breach['breach_kind']]}."
    )
    yield f"  decided by   {_entry(evidence['entry'])}"
    for position in evidence["positions"]:
        yield f"  position     {_position(position)}"
    for rate in evidence["rates"]:
        yield (
            f"  rate         {rate['symbol']} {rate['bid']}/{rate['ask']}, mid {rate['mid']}, "
            f"to {rate['op']} by (journal seq {rate['seq']})"
        )
    yield f"  equity       {breach['equity']} = balance {breach['balance']} + P/L of the positions"
    if breach["floor"] is not None:
        yield f"  floor        {breach['floor']} = {_floor(evidence['floor'])}"
        sign = "<" if breach["comparator"] == "lt" else "≤"
        yield (
            f"  verdict      {breach['metric']} {breach['observed']} {sign} {breach['floor']}, "
            f"beyond it by {breach['overshoot']}"
        )
    yield f"  audit chain  after {evidence['previous_hash'][:16]}…"


def telling(breaches: list[dict[str, Any]]) -> dict[str, Any] | None:
    """Choose the breach with most to tell: a hard one of a tick, with a conversion."""

    def worth(breach: dict[str, Any]) -> tuple[bool, ...]:
        evidence = breach["evidence"]
        return (
            breach["floor"] is not None,
            breach["breach_kind"] == "hard",
            evidence["entry"]["kind"] == "tick",
            len(evidence["positions"]) == 1 and len(evidence["rates"]) == 1,
        )

    stories = [breach for breach in breaches if breach["type"] == "breach"]
    return max(stories, key=worth, default=None)


def _entry(entry: dict[str, Any]) -> str:
    where = f"at {entry['ts']} (journal seq {entry['seq']})"
    if entry["kind"] == "tick":
        return f"tick {entry['symbol']} {entry['bid']}/{entry['ask']} {where}"
    if entry["kind"] == "event":
        return f"{entry['type']} {entry['event_id']} {where}"
    return f"{entry['kind']} {where}"


def _position(position: dict[str, Any]) -> str:
    act = "long" if position["side"] == "buy" else "short"
    if position["mark"] is None:
        return f"{act} {position['qty']} {position['symbol']}, no mark, P/L {position['pnl']}"
    rate = f" × {position['rate']}" if position["rate"] else ""
    return (
        f"{act} {position['qty']} {position['symbol']}, cost {position['cost']}, marked at "
        f"{position['mark']}{rate}: P/L {position['pnl']}"
    )


def _floor(floor: dict[str, Any]) -> str:
    since = f"since seq {floor['set_by_seq']}"
    if floor.get("reference") is not None:
        kind = floor["reference_kind"].replace("_", " ")
        return f"reference {floor['reference']} ({kind}, {since}) − {floor['allowance']}"
    lowered = f" − {floor['lowered_by']} paid out" if floor.get("lowered_by") else ""
    if floor.get("locked"):
        return f"{floor['locked_at']}, locked{lowered} ({floor['mode']}, {since})"
    mark = floor.get("high_water_mark")
    base = f"initial {floor['initial']}" if mark is None else f"high-water mark {mark}"
    return f"{base} − {floor['allowance']}{lowered} ({floor['mode']}, {since})"
