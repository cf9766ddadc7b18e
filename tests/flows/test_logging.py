"""Logs are JSON with one event name, and do not repeat themselves."""

import json
import logging

import structlog

from flows import logging as flow_logging
from flows import tally as tallies
from flows.logging import configure_logging, get_logger
from flows.tally import Tally


def lines(capsys):
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_log_when_no_terminal_is_there_is_json(capsys):
    configure_logging("info")
    get_logger(flow="risk").info("flow.started", position=1)
    get_logger().debug("frame.written")
    (line,) = lines(capsys)
    assert {key: line[key] for key in ("event", "level", "flow", "position")} == {
        "event": "flow.started",
        "level": "info",
        "flow": "risk",
        "position": 1,
    }
    structlog.reset_defaults()


def test_log_when_pretty_is_for_people(capsys):
    configure_logging("info", pretty=True)
    get_logger().info("flow.started")
    assert "flow.started" in capsys.readouterr().err
    structlog.reset_defaults()


def test_log_when_librdkafka_repeats_itself_says_it_once_in_a_while(capsys, monkeypatch):
    now = [0.0]
    monkeypatch.setattr(flow_logging.time, "monotonic", lambda: now[0])
    configure_logging("info")
    for second in range(65):
        now[0] = float(second)
        logging.getLogger("connectors.log.kafka").error("broker is down")
    found = lines(capsys)
    assert [line["said"] for line in found] == ["broker is down"] * 3
    structlog.reset_defaults()


def test_tally_when_facts_are_many_logs_their_number_now_and_then(capsys, monkeypatch):
    now = [0.0]
    monkeypatch.setattr(tallies.time, "monotonic", lambda: now[0])
    configure_logging("info")
    tally = Tally(get_logger(), "message.rejected", "code")
    for number in range(25):
        now[0] = float(number)
        tally.add("crossed", example=number)
    assert [(line["code"], line["count"]) for line in lines(capsys)] == [
        ("crossed", 1),
        ("crossed", 10),
        ("crossed", 10),
    ]
    structlog.reset_defaults()
