"""Events that a bridge appends to a file are taken once, whoever dies in between."""

import json
from datetime import UTC, datetime

import orjson
import pytest
from pydantic import SecretStr

from connectors.log.local import LocalLog
from connectors.venues.lines import LineReader, append_line
from connectors.venues.settings import VenueSettings
from flows.accounts import accounts_flow
from flows.logging import get_logger
from flows.options import FlowSettings
from flows.reporting.event_file import EVENTS, OFFSET, REFUSED, EventFile
from flows.topics import ensure_topics
from schemas.topics import ACCOUNT_EVENTS
from sinks.migrate import upgrade
from tests.flows import kit
from tests.venue.attach import venues_file


@pytest.fixture
def log(tmp_path):
    made = LocalLog(tmp_path / "log")
    ensure_topics(made, 1)
    return made


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "bridge"
    made.mkdir()
    return made


def entry(folder):
    return {"id": "f", "adapter": "file", "folder": str(folder), "accounts": {"A1": {}, "A2": {}}}


def file_of(folder, log):
    return EventFile(VenueSettings.model_validate(entry(folder)), log, get_logger())


def event(name, account="A1", **given):
    now = datetime.now(UTC).isoformat()
    more = {"type": "balance.adjusted", "amount": "5.10", "reason": "deposit"}
    return {"event_id": name, "ts": now, "account_id": account, **more, **given}


def say(folder, *events):
    for item in events:
        append_line(folder / EVENTS, orjson.dumps(item))


def told(log):
    return [orjson.loads(value)["event_id"] for value in kit.values(log, ACCOUNT_EVENTS)]


def test_events_when_appended_are_taken_in_their_order_once(folder, log):
    events = file_of(folder, log)
    assert events.take() == 0
    say(folder, event("e1"), event("e2"))
    assert (events.take(), events.take()) == (2, 0)
    say(folder, event("e3"))
    assert file_of(folder, log).take() == 1, "another process goes on where this one was"
    assert told(log) == ["e1", "e2", "e3"]


def test_event_when_its_line_has_no_end_yet_waits_for_it(folder, log):
    line = orjson.dumps(event("e1"))
    (folder / EVENTS).write_bytes(line[:20])
    events = file_of(folder, log)
    assert events.take() == 0
    with (folder / EVENTS).open("ab") as file:
        file.write(line[20:] + b"\n")
    assert events.take() == 1
    assert told(log) == ["e1"]


def test_events_when_the_process_died_before_it_kept_the_offset_come_again_with_their_ids(
    folder, log
):
    say(folder, event("e1"))
    file_of(folder, log).take()
    (folder / OFFSET).unlink()
    file_of(folder, log).take()
    assert told(log) == ["e1", "e1"], "the sequencer knows the second by its id"


def test_line_when_it_is_no_event_of_the_bridges_is_refused_with_the_reason(folder, log):
    act = {"type": "account.overridden", "action": "close", "operator": "me", "reason": "so"}
    order = event("e2", **act)
    del order["amount"]
    say(folder, event("e1", account="B1"), order, event("e3", amount="much"), event("e4"))
    (folder / EVENTS).write_bytes((folder / EVENTS).read_bytes() + b"nonsense\n\n")
    file_of(folder, log).take()
    assert told(log) == ["e4"]
    refused = [json.loads(line) for line in LineReader(folder / REFUSED).read()]
    reasons = [item["reason"] for item in refused]
    assert len(reasons) == 4
    assert "no account of f" in reasons[0]
    assert "operators" in reasons[1]
    assert "amount" in reasons[2]
    assert refused[3]["line"] == "nonsense"


@pytest.mark.postgres
@pytest.mark.slow
def test_accounts_flow_when_a_venue_is_a_folder_reads_its_events(
    folder, log, tmp_path, postgres_url
):
    upgrade(postgres_url)
    say(folder, event("e1"), event("e2", account="A2"))
    file = venues_file(tmp_path / "venues.yaml", entry(folder))
    kit.run(accounts_flow, log, FlowSettings(venues=file, database_url=SecretStr(postgres_url)))
    assert sorted(told(log)) == ["e1", "e2"]
