"""What becomes of a record in Postgres: which tables it goes to, and as which row."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple, get_type_hints

import msgspec
from msgspec import Raw

from schemas.event_base import EventBase
from schemas.instants import parse_instant
from schemas.json_text import dumps
from schemas.rulesets import parse_ruleset
from sinks import received

DEFAULT_FIRM: str = EventBase.model_fields["firm_id"].default

Row = tuple[Any, ...]


class Record(NamedTuple):
    """One record of a topic and where it stood; its value is a decision, or a JSON object."""

    partition: int
    offset: int
    value: Any


class Table(NamedTuple):
    """A table and how its rows are made.

    Attributes:
        name: in the schema `highwater`.
        columns: in the order of the rows.
        row: makes a row of a record.
        current: whether it holds the newest row of each account, and not all rows.
        key: what a row has in common with none; for `current` the account.
        monthly: whether it is partitioned by the month of `ts`.
        documents: columns that hold JSON as it was written.
    """

    name: str
    columns: tuple[str, ...]
    row: Callable[[Record], Row]
    current: bool = False
    key: tuple[str, ...] = ("log_partition", "log_offset")
    monthly: bool = False
    documents: tuple[str, ...] = ()


_PLACE = ("log_partition", "log_offset")
_TIMED = ("decision_id", "seq", "ts", "ts_ns")


# The driver takes much longer to write a list, and most of them are empty.
def _array(values: list[str]) -> str:
    if not values:
        return "{}"
    quoted = (value.replace("\\", "\\\\").replace('"', '\\"') for value in values)
    return "{" + ",".join(f'"{value}"' for value in quoted) + "}"


def _text_of(document: Raw) -> str:
    return str(document, "utf-8")


def _truth(value: bool) -> str:
    return "t" if value else "f"


_FORMS: dict[Any, Callable[[Any], str]] = {Raw: _text_of, list[str]: _array, bool: _truth}


def _decided(name: str, kind: type[received.Decided], *, current: bool = False) -> Table:
    """Make the table of a decision type: a column for each of its fields, and the exact time."""
    hints = get_type_hints(kind)
    fields = kind.__struct_fields__
    formed = [
        (place, _FORMS[hints[field]])
        for place, field in enumerate(fields)
        if hints[field] in _FORMS
    ]

    def row(record: Record) -> Row:
        values = list(msgspec.structs.astuple(record.value))
        for place, form in formed:
            values[place] = form(values[place])
        values[2:3] = _when(values[2])
        return (record.partition, record.offset, *values)

    key = ("account_id",) if current else (*_PLACE, "ts")
    columns = (*_PLACE, *_TIMED, *fields[3:])
    documents = tuple(field for field in fields if hints[field] is Raw)
    return Table(name, columns, row, current, key, monthly=not current, documents=documents)


BREACHES = _decided("breaches", received.Breach)
PHASES_PASSED = _decided("phases_passed", received.PhasePassed)
STATE_CHANGES = _decided("state_changes", received.Move)
WARNINGS = _decided("warnings", received.Warned)
INTERVENTIONS = _decided("interventions", received.Intervention)
PROGRESS = _decided("progress", received.Progress, current=True)

_COMMON = (*_PLACE, *_TIMED, *received.Decided.__struct_fields__[3:])


def _standing(record: Record) -> Row:
    move: received.Move = record.value
    when = _when(move.ts)
    decided = msgspec.structs.astuple(move)[: len(received.Decided.__struct_fields__)]
    place = record.partition, record.offset
    return (*place, *decided[:2], *when, *decided[3:], move.to_state, move.reason)


ACCOUNT_STATES = Table(
    "account_states", (*_COMMON, "state", "reason"), _standing, current=True, key=("account_id",)
)

_LETTER = ("code", "path", "message", "source", "source_partition", "source_offset", "raw")


def _letter(record: Record) -> Row:
    value = record.value
    return (
        record.partition,
        record.offset,
        value["code"],
        _text(value["path"]),
        _text(value["message"]),
        value["source"],
        value.get("partition"),
        value.get("offset"),
        _text(value["raw"]),
    )


DEAD_LETTERS = Table("dead_letters", (*_PLACE, *_LETTER), _letter)

_EVENT = ("event_id", "type", "ts", "ts_ns", "firm_id", "account_id", "trader_id", "content")


def _account_event(record: Record) -> Row:
    value, content = record.value, record.value["content"]
    return (
        record.partition,
        record.offset,
        content["event_id"],
        value["type"],
        *_when(value["ts"]),
        content.get("firm_id", DEFAULT_FIRM),
        content["account_id"],
        content.get("trader_id"),
        _event_text(content),
    )


def _ruleset(record: Record) -> Row:
    document = parse_ruleset(record.value["content"])
    content = _event_text(document.content)
    place = record.partition, record.offset
    return (*place, document.ruleset, document.version, document.hash, content)


ACCOUNT_EVENTS = Table("account_events", (*_PLACE, *_EVENT), _account_event)
RULESETS = Table(
    "rulesets",
    (*_PLACE, "ruleset", "version", "hash", "content"),
    _ruleset,
    key=("ruleset", "version", *_PLACE),
)

TABLES: tuple[Table, ...] = (
    BREACHES,
    PHASES_PASSED,
    STATE_CHANGES,
    ACCOUNT_STATES,
    WARNINGS,
    INTERVENTIONS,
    PROGRESS,
    DEAD_LETTERS,
    ACCOUNT_EVENTS,
    RULESETS,
)
KEPT_EVENTS = ("account.opened", "balance.adjusted", "account.overridden", "kyc.updated")
"""Account events with rows of their own; the others are in the journal alone."""
_OF_DECISION: dict[type, tuple[Table, ...]] = {
    received.Breach: (BREACHES,),
    received.PhasePassed: (PHASES_PASSED,),
    received.Move: (STATE_CHANGES, ACCOUNT_STATES),
    received.Warned: (WARNINGS,),
    received.Intervention: (INTERVENTIONS,),
    received.Progress: (PROGRESS,),
}
_OF_ENTRY: dict[str, tuple[Table, ...]] = {
    "ruleset.published": (RULESETS,),
    **dict.fromkeys(KEPT_EVENTS, (ACCOUNT_EVENTS,)),
}


def tables_of(value: object) -> tuple[Table, ...]:
    """Return where a record goes: by its type, and what has none is a dead letter.

    Raises:
        KeyError: no decision and no event that is kept has this type.
    """
    if not isinstance(value, dict):
        return _OF_DECISION[type(value)]
    kind = value.get("type")
    return (DEAD_LETTERS,) if kind is None else _OF_ENTRY[kind]


# Postgres keeps microseconds and would round up; the exact time is in ts_ns.
def _when(ts: str) -> tuple[str, int]:
    whole, dot, fraction = ts.removesuffix("Z").partition(".")
    ns = _second(whole) + int(fraction.ljust(9, "0")) if dot else _second(whole)
    return f"{whole}{dot}{fraction[:6]}Z", ns


@lru_cache(maxsize=4096)
def _second(whole: str) -> int:
    return parse_instant(whole + "Z")


# What JSON in Postgres cannot hold is replaced; the journal has it as it came.
def _event_text(content: object) -> str:
    return dumps(content).decode().replace("\\u0000", "\\ufffd")


# Postgres text holds every character but this one.
def _text(value: str) -> str:
    return value.replace("\x00", "\\x00")
