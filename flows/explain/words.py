"""A breach in words, from its own evidence: what anyone could recompute by hand."""

from collections.abc import Iterator
from typing import Any

KINDS = {
    "hard": "the account is lost",
    "pause": "trading pauses until the next session",
    "flag": "noted, nothing else changes",
}
_SIGNS = {"lt": "<", "lte": "≤", "gt": ">", "gte": "≥"}


def breach_in_words(breach: dict[str, Any]) -> Iterator[str]:
    """Yield the lines of the story of one breach."""
    evidence = breach["evidence"]
    yield (
        f"Account {breach['account_id']} ({breach['firm_id']}, {breach['phase']}) broke "
        f"`{breach['rule']}` of {breach['ruleset']}: {KINDS[breach['breach_kind']]}."
    )
    yield f"  decided by   {entry_in_words(evidence['entry'])}"
    for position in evidence["positions"]:
        yield f"  position     {position_in_words(position)}"
    for rate in evidence["rates"]:
        yield (
            f"  rate         {rate['symbol']} {rate['bid']}/{rate['ask']}, mid {rate['mid']}, "
            f"to {rate['op']} by (journal seq {rate['seq']})"
        )
    yield f"  equity       {breach['equity']} = balance {breach['balance']} + P/L of the positions"
    if breach["floor"] is not None and evidence["floor"] is not None:
        yield f"  floor        {breach['floor']} = {floor_in_words(evidence['floor'])}"
    for name, fact in (evidence.get("facts") or {}).items():
        yield f"  {name.replace('_', ' '):<12} {fact_in_words(fact)}"
    if breach["floor"] is not None:
        yield f"  verdict      {verdict_in_words(breach)}"
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


def verdict_in_words(breach: dict[str, Any]) -> str:
    """Say what was compared, and by how much it was beyond."""
    sign = _SIGNS.get(breach["comparator"], "against")
    return (
        f"{breach['metric']} {breach['observed']} {sign} {breach['floor']}, "
        f"beyond it by {breach['overshoot']}"
    )


def fact_in_words(fact: object) -> str:
    """Say one fact of a conduct rule, whatever its family calls it."""
    if isinstance(fact, dict):
        return ", ".join(f"{name} {fact_in_words(one)}" for name, one in fact.items())
    if isinstance(fact, list):
        return "; ".join(fact_in_words(one) for one in fact) or "none"
    return "none" if fact is None else str(fact)


def entry_in_words(entry: dict[str, Any]) -> str:
    """Name the entry that decided."""
    where = f"at {entry['ts']} (journal seq {entry['seq']})"
    if entry["kind"] == "tick":
        return f"tick {entry['symbol']} {entry['bid']}/{entry['ask']} {where}"
    if entry["kind"] == "event":
        return f"{entry['type']} {entry['event_id']} {where}"
    return f"{entry['kind']} {where}"


def position_in_words(position: dict[str, Any]) -> str:
    """Say what was held and what it was worth."""
    act = "long" if position["side"] == "buy" else "short"
    if position["mark"] is None:
        return f"{act} {position['qty']} {position['symbol']}, no mark, P/L {position['pnl']}"
    rate = f" × {position['rate']}" if position["rate"] else ""
    return (
        f"{act} {position['qty']} {position['symbol']}, cost {position['cost']}, marked at "
        f"{position['mark']}{rate}: P/L {position['pnl']}"
    )


def floor_in_words(floor: dict[str, Any]) -> str:
    """Say where a floor came from."""
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
