"""What a comparison found, as JSON Lines and as a table."""

from collections import Counter
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any, NamedTuple, get_args

import orjson
from rich.console import Console
from rich.table import Table

from flows.whatif.run import Compared
from rules.api import Decision
from rules.whatif import Numbering, Parting, Telling, Verdict, nearest, partings, verdicts
from schemas.instants import instant_text
from schemas.money import text

VERDICTS: tuple[Verdict, ...] = get_args(Verdict)
_SHOWN_MAX = 30
_CENT = Decimal("0.01")
_WORDS: dict[Verdict, str] = {
    "would_breach": "would have breached",
    "would_survive": "would not have breached",
    "breach_moves": "would have breached by another rule or at another moment",
    "would_pass": "would have passed",
    "would_not_pass": "would not have passed",
    "pass_moves": "would have passed at another moment",
    "would_expire": "would have run out of time",
    "would_not_expire": "would not have run out of time",
    "gains_room": "would have more room at the end",
    "loses_room": "would have less room at the end",
    "cannot_move": "do not fit the other version",
    "same": "would have fared the same",
}


class Row(NamedTuple):
    """One account: everything the report says about it."""

    compared: Compared
    verdicts: list[Verdict]
    partings: list[Parting]


def rows_of(accounts: Sequence[Compared]) -> list[Row]:
    """Judge every account."""
    return [
        Row(item, verdicts(item.live, item.shadow), list(partings(item.live, item.shadow)))
        for item in accounts
    ]


def json_lines(rows: Sequence[Row], numbering: Numbering) -> Iterator[bytes]:
    """Write one line per account, in the order of their ids."""
    for row in rows:
        yield orjson.dumps(_record(row, numbering))


def show(rows: Sequence[Row], numbering: Numbering, console: Console) -> None:
    """Show how many accounts would have fared how, and the first of those that differ."""
    counts = Counter(verdict for row in rows for verdict in row.verdicts)
    noun = "account" if len(rows) == 1 else "accounts"
    summary = Table(title=f"{len(rows)} {noun} under another version", title_justify="left")
    summary.add_column("accounts", justify="right")
    summary.add_column("that")
    for verdict in VERDICTS:
        if counts[verdict]:
            summary.add_row(str(counts[verdict]), _WORDS[verdict])
    console.print(summary)
    differing = sorted(
        (row for row in rows if row.verdicts != ["same"]),
        key=lambda row: VERDICTS.index(row.verdicts[0]),
    )
    if differing:
        console.print(_detail(differing[:_SHOWN_MAX], numbering))
    if len(differing) > _SHOWN_MAX:
        console.print(f"and {len(differing) - _SHOWN_MAX} more; --out FILE has them all")


def _detail(rows: Sequence[Row], numbering: Numbering) -> Table:
    table = Table(title="What differs", title_justify="left")
    for name in ("account", "verdict", "where it differs", "seq", "room"):
        table.add_column(name, justify="right" if name == "seq" else "left")
    for row in rows:
        decisive = _decisive(row.partings)
        table.add_row(
            row.compared.account_id,
            ", ".join(row.verdicts),
            "" if decisive is None else f"{_second(decisive.told)} {_what(decisive)}",
            "" if decisive is None else str(numbering.seq(decisive.told.position)),
            _rooms(row.compared),
        )
    return table


# What ends an account says more than the warning before it.
def _decisive(found: Sequence[Parting]) -> Parting | None:
    grave = [item for item in found if item.told.body["type"] in {"breach", "phase.passed"}]
    return next(iter([*grave, *found]), None)


# To the second and to the cent, for reading; the file has both in full.
def _second(decision: Decision) -> str:
    return instant_text(decision.ts)[:19].replace("T", " ")


def _cents(room: Decimal) -> str:
    return text(room.quantize(_CENT))


def _what(parting: Parting) -> str:
    body = parting.told.body
    name = body.get("rule") or body.get("to") or ""
    if parting.live and parting.shadow:
        who = "other in each"
    else:
        who = "live alone" if parting.live else "new alone"
    return " ".join(part for part in (body["type"], name, f"({who})") if part)


def _rooms(item: Compared) -> str:
    was, would = nearest(item.live.rooms), nearest(item.shadow.rooms)
    ended = item.live.end is not None or item.shadow.end is not None
    if ended or was is None or would is None or was == would:
        return ""
    return f"{_cents(was)} → {_cents(would)}"


def _record(row: Row, numbering: Numbering) -> dict[str, Any]:
    item = row.compared
    refused = item.shadow.refused
    return {
        "account_id": item.account_id,
        "ruleset": item.cast.live,
        "under": item.cast.shadow,
        "verdicts": row.verdicts,
        "live": _outcome(item.live, numbering),
        "shadow": _outcome(item.shadow, numbering),
        "refused": None if refused is None else {"code": refused.code, "message": refused.message},
        "differences": [_difference(parting, numbering) for parting in row.partings],
    }


def _outcome(telling: Telling, numbering: Numbering) -> dict[str, Any]:
    end, breach, progress = telling.end, telling.breach, telling.progress
    rooms = telling.rooms
    return {
        "state": None if progress is None else progress["state"],
        "ended": None if end is None else _place(end, numbering),
        "rule": None if breach is None else breach.body["rule"],
        "room": _amount(nearest(rooms)),
        "rooms": {name: text(room) for name, room in rooms.items()},
    }


def _difference(parting: Parting, numbering: Numbering) -> dict[str, Any]:
    told = parting.told
    return {
        **_place(told, numbering),
        "type": told.body["type"],
        "live": _facts(parting.live, numbering),
        "shadow": _facts(parting.shadow, numbering),
    }


def _place(decision: Decision, numbering: Numbering) -> dict[str, Any]:
    return {"seq": numbering.seq(decision.position), "ts": instant_text(decision.ts)}


_SAID = ("rule", "breach_kind", "observed", "floor", "overshoot", "from", "to", "reason", "level")


def _facts(decision: Decision | None, numbering: Numbering) -> dict[str, Any] | None:
    if decision is None:
        return None
    body = decision.body
    facts = {name: numbering.resolve(body[name]) for name in _SAID if name in body}
    if "evidence" in body:
        facts["entry"] = numbering.resolve(body["evidence"]["entry"])
    return facts


def _amount(value: Decimal | None) -> str | None:
    return None if value is None else text(value)
