"""What becomes of a record in Postgres: which tables it goes to, and as which row."""

from collections.abc import Callable, Mapping
from functools import lru_cache
from operator import itemgetter
from typing import Any, NamedTuple

import orjson

from schemas.event_base import EventBase
from schemas.instants import parse_instant
from schemas.json_text import dumps
from schemas.rulesets import parse_ruleset

DEFAULT_FIRM: str = EventBase.model_fields["firm_id"].default

Row = tuple[Any, ...]


class Record(NamedTuple):
    """One record of a topic, its value as JSON object, and where it stood."""

    partition: int
    offset: int
    value: dict[str, Any]


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
_COMMON = (
    "decision_id",
    "seq",
    "ts",
    "ts_ns",
    "firm_id",
    "account_id",
    "trader_id",
    "phase",
    "ruleset",
    "ruleset_hash",
)
_ARRAYS = frozenset({"also", "actions"})
_AFTER_TIME = itemgetter(*_COMMON[4:])


def _json(value: object) -> str:
    return orjson.dumps(value).decode()


# The driver takes much longer to write a list, and most of them are empty.
def _array(values: list[str]) -> str:
    if not values:
        return "{}"
    quoted = (value.replace("\\", "\\\\").replace('"', '\\"') for value in values)
    return "{" + ",".join(f'"{value}"' for value in quoted) + "}"


def _decision(
    name: str,
    fields: Mapping[str, str],
    json_fields: tuple[str, ...] = (),
    *,
    optional: tuple[str, ...] = (),
    current: bool = False,
) -> Table:
    """Make the table of a decision type; `fields` maps columns to the decision's fields."""
    own_fields = itemgetter(*fields.values())
    formed = [
        (place, _json if name in json_fields else _array)
        for place, name in enumerate(fields.values())
        if name in json_fields or name in _ARRAYS
    ]
    absent = dict.fromkeys(optional)

    def row(record: Record) -> Row:
        value = absent | record.value if absent else record.value
        own = list(own_fields(value))
        for place, form in formed:
            own[place] = form(own[place])
        return (record.partition, record.offset, *_common(value), *own)

    key = ("account_id",) if current else (*_PLACE, "ts")
    columns = (*_PLACE, *_COMMON, *fields)
    return Table(name, columns, row, current, key, monthly=not current, documents=json_fields)


def _same(*names: str) -> dict[str, str]:
    return {name: name for name in names}


BREACHES = _decision(
    "breaches",
    _same(
        "rule",
        "family",
        "breach_kind",
        "metric",
        "observed",
        "floor",
        "overshoot",
        "equity",
        "balance",
        "comparator",
        "also",
        "evidence",
    ),
    ("evidence",),
)
PHASES_PASSED = _decision("phases_passed", _same("goals", "next_phase"), ("goals",))
STATE_CHANGES = _decision(
    "state_changes",
    {"from_state": "from", "to_state": "to", **_same("reason", "cause", "operator", "note")},
    optional=("operator", "note"),  # only an operator's act has them
)
ACCOUNT_STATES = _decision("account_states", {"state": "to", "reason": "reason"}, current=True)
WARNINGS = _decision("warnings", _same("rule", "level", "used", "floor", "room"))
INTERVENTIONS = _decision("interventions", _same("intervention_id", "actions", "breach_id"))
PROGRESS = _decision(
    "progress",
    _same("state", "equity", "balance", "unpriced", "goals", "rules"),
    ("goals", "rules"),
    current=True,
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
_BY_TYPE: dict[str, tuple[Table, ...]] = {
    "breach": (BREACHES,),
    "phase.passed": (PHASES_PASSED,),
    "state": (STATE_CHANGES, ACCOUNT_STATES),
    "warning": (WARNINGS,),
    "intervention": (INTERVENTIONS,),
    "progress": (PROGRESS,),
    "ruleset.published": (RULESETS,),
    **dict.fromkeys(KEPT_EVENTS, (ACCOUNT_EVENTS,)),
}


def tables_of(value: Mapping[str, Any]) -> tuple[Table, ...]:
    """Return where a record goes: by its type, and what has none is a dead letter.

    Raises:
        KeyError: no decision and no event that is kept has this type.
    """
    kind = value.get("type")
    return (DEAD_LETTERS,) if kind is None else _BY_TYPE[kind]


def _common(value: Mapping[str, Any]) -> Row:
    return (value["decision_id"], value["seq"], *_when(value["ts"]), *_AFTER_TIME(value))


# What one entry decides has one time, and a move goes to two tables.
@lru_cache(maxsize=256)
def _when(ts: str) -> tuple[str, int]:
    return _micros(ts), parse_instant(ts)


# Postgres keeps microseconds and would round up; the exact time is in ts_ns.
def _micros(ts: str) -> str:
    whole, dot, fraction = ts.removesuffix("Z").partition(".")
    return f"{whole}{dot}{fraction[:6]}Z"


# What JSON in Postgres cannot hold is replaced; the journal has it as it came.
def _event_text(content: object) -> str:
    return dumps(content).decode().replace("\\u0000", "\\ufffd")


# Postgres text holds every character but this one.
def _text(value: str) -> str:
    return value.replace("\x00", "\\x00")
