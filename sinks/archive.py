"""What the tables hold, read back row by row: for exports, whatever form they take.

Days are those of `ts`, in UTC. A jurisdiction is what an operator tagged accounts or firms with
(`highwater.jurisdictions`); an account's own tag goes before its firm's.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from typing import Any, Literal, NamedTuple

import psycopg
from psycopg import sql

from sinks.postgres import connect

Dataset = Literal["accounts", "decisions", "rulesets", "audit"]
_FETCH = 5_000


class Column(NamedTuple):
    """A column of a dataset; amounts are text, so that no reader makes floats of them."""

    name: str
    kind: Literal["text", "integer"] = "text"


class Part(NamedTuple):
    """Which rows: from the day `since`, before the day `until`, of one jurisdiction."""

    since: date | None = None
    until: date | None = None
    jurisdiction: str | None = None


_TAG = """coalesce(
    (SELECT tag FROM highwater.jurisdictions j WHERE j.account_id = row.account_id),
    (SELECT tag FROM highwater.jurisdictions j WHERE j.firm_id = row.firm_id
        AND j.account_id IS NULL))"""
_TIME = "to_char(row.ts AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"
_SAID = {"jurisdiction": _TAG, "ts": _TIME}
_WHOSE = ("jurisdiction", "firm_id", "account_id", "trader_id")
_DECISION = (*_WHOSE, "seq", "ts", "ts_ns", "decision_id", "type", "phase", "ruleset", "content")
_COLUMNS: dict[Dataset, tuple[str, ...]] = {
    "accounts": (
        *_WHOSE,
        "ts",
        "ts_ns",
        "initial_balance",
        "currency",
        "ruleset",
        "state",
        "phase",
        "equity",
        "balance",
        "previous_account_id",
    ),
    "decisions": (*_DECISION, "ruleset_hash"),
    "rulesets": ("ruleset", "version", "hash", "position", "content"),
    "audit": (*_WHOSE, "position", "ts", "ts_ns", "event_id", "type", "content", "refused"),
}
_INTEGERS = {"seq", "ts_ns", "version", "position"}
_TYPES = {
    "breaches": "breach",
    "phases_passed": "phase.passed",
    "state_changes": "state",
    "warnings": "warning",
    "interventions": "intervention",
}
_EVENTS = " UNION ALL ".join(
    f"""SELECT '{kind}' AS type, firm_id, account_id, trader_id, seq, ts, ts_ns, decision_id,
    phase, ruleset, ruleset_hash, (to_jsonb(t) - ARRAY['log_partition', 'log_offset', 'ts'])::text
    AS content FROM highwater.{table} t"""
    for table, kind in _TYPES.items()
)
_SOURCES: dict[Dataset, str] = {
    "accounts": """SELECT a.firm_id, a.account_id, a.trader_id, a.opened_ts AS ts,
        a.opened_ts_ns AS ts_ns, a.initial_balance, coalesce(a.currency,
        r.content ->> 'currency') AS currency, s.ruleset, s.state, s.phase,
        p.equity::text, p.balance::text, a.previous_account_id, a.opened_at AS place
        FROM highwater.accounts a
        LEFT JOIN highwater.account_states s USING (account_id)
        LEFT JOIN highwater.progress p USING (account_id)
        LEFT JOIN highwater.published_rulesets r
            ON a.ruleset = r.ruleset || '@' || r.version""",
    "decisions": f"SELECT *, decision_id AS place FROM ({_EVENTS}) every",
    "rulesets": """SELECT ruleset, version, hash, log_offset AS position, content::text,
        log_offset AS place FROM highwater.published_rulesets""",
    "audit": """SELECT e.firm_id, e.account_id, e.trader_id, e.log_offset AS position, e.ts,
        e.ts_ns, e.event_id, e.type, e.content::text, l.code AS refused, e.log_offset AS place
        FROM highwater.account_events e LEFT JOIN highwater.dead_letters l
            ON l.source = 'journal' AND l.source_offset = e.log_offset""",
}


def columns(dataset: Dataset) -> list[Column]:
    """Return the columns of a dataset, in order."""
    names = _COLUMNS[dataset]
    return [Column(name, "integer" if name in _INTEGERS else "text") for name in names]


@contextmanager
def rows(dsn: str, dataset: Dataset, part: Part) -> Iterator[Iterator[Sequence[Any]]]:
    """Yield an iterator over the rows, in the order of time and place, as of one moment.

    Raises:
        psycopg.Error: the database does not answer, or has no tables.
    """
    with connect(dsn) as connection, connection.cursor("export") as cursor:
        cursor.itersize = _FETCH
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        query, values = _query(dataset, part)
        yield iter(cursor.execute(query, values))


def tag(dsn: str, firm_id: str, account_id: str | None, jurisdiction: str) -> None:
    """Say under which law a firm, or one account of it, falls.

    Raises:
        psycopg.Error: the database does not answer, or has no tables.
    """
    with connect(dsn) as connection:
        connection.execute(
            "DELETE FROM highwater.jurisdictions"
            " WHERE firm_id = %s AND account_id IS NOT DISTINCT FROM %s",
            (firm_id, account_id),
        )
        connection.execute(
            "INSERT INTO highwater.jurisdictions (firm_id, account_id, tag) VALUES (%s, %s, %s)",
            (firm_id, account_id, jurisdiction),
        )


def _query(dataset: Dataset, part: Part) -> tuple[sql.Composed, list[object]]:
    wanted: list[sql.SQL] = [sql.SQL("true")]
    values: list[object] = []
    timed = dataset != "rulesets"
    for condition, value in (
        ("row.ts >= %s::date::timestamp AT TIME ZONE 'UTC'", part.since),
        ("row.ts < %s::date::timestamp AT TIME ZONE 'UTC'", part.until),
        (f"{_TAG} = %s", part.jurisdiction),
    ):
        # A ruleset belongs to no day and no jurisdiction: all of them go along.
        if timed and value is not None:
            wanted.append(sql.SQL(condition))
            values.append(value)
    shown = [sql.SQL(_SAID.get(name, f"row.{name}")) for name in _COLUMNS[dataset]]
    query = sql.SQL("SELECT {} FROM ({}) row WHERE {} ORDER BY {}").format(
        sql.SQL(", ").join(shown),
        sql.SQL(_SOURCES[dataset]),
        sql.SQL(" AND ").join(wanted),
        sql.SQL("row.ts_ns, row.place" if timed else "row.place, row.ruleset, row.version"),
    )
    return query, values
