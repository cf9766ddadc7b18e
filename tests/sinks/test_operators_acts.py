"""An operator's act keeps its author and its reason all the way into the table."""

import orjson
import psycopg
import pytest

from schemas.topics import ACCOUNT_STATES
from sinks.migrate import upgrade
from sinks.postgres import PostgresSink
from sinks.prepared import Batch
from sinks.received import read
from sinks.tables import STATE_CHANGES, Record, tables_of

STATE = {
    "decision_id": "0" * 32,
    "type": "state",
    "seq": 3,
    "ts": "2024-03-05T09:30:00Z",
    "firm_id": "default",
    "account_id": "A-1",
    "trader_id": None,
    "phase": "evaluation",
    "ruleset": "demo@1",
    "ruleset_hash": "0" * 64,
    "from": "active",
    "to": "suspended",
    "reason": "suspend",
    "cause": "e-3",
}
ACT = {"operator": "j.doe", "note": "card payment disputed"}


@pytest.mark.parametrize(("given", "kept"), [({}, (None, None)), (ACT, ("j.doe", ACT["note"]))])
def test_state_when_made_a_row_keeps_operator_and_note(given, kept):
    row = dict(
        zip(
            STATE_CHANGES.columns,
            STATE_CHANGES.row(Record(0, 0, read(orjson.dumps(STATE | given)))),
            strict=True,
        )
    )
    assert (row["operator"], row["note"]) == kept
    assert STATE_CHANGES in tables_of(read(orjson.dumps(STATE)))


@pytest.mark.postgres
def test_state_when_written_keeps_operator_and_note(postgres_url):
    upgrade(postgres_url)
    sink = PostgresSink(postgres_url)
    sink.positions([(ACCOUNT_STATES, 0)])
    records = [
        (0, orjson.dumps(STATE | ACT | {"from": "created"})),
        (1, orjson.dumps(STATE | {"decision_id": "1" * 32, "seq": 4, "from": "suspended"})),
    ]
    sink.write([Batch(ACCOUNT_STATES, 0, 0, 2, records)])
    sink.close()
    with psycopg.connect(postgres_url) as connection:
        rows = connection.execute(
            "SELECT operator, note FROM highwater.state_changes ORDER BY seq"
        ).fetchall()
    assert rows == [("j.doe", "card payment disputed"), (None, None)]
