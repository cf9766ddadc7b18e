"""The whole chain on a real broker and a real database: from a price to a proof of the breach."""

import threading
import time
from contextlib import ExitStack, closing

import orjson
import psycopg
import pytest
from bytewax.testing import run_main
from pydantic import SecretStr

from connectors.log.kafka import KafkaLog
from flows.audit.command import export_command
from flows.audit.keys import load_signer, make_key
from flows.audit.report import check
from flows.persist import persist_flow
from flows.prefix import PrefixedLog
from flows.risk import risk_flow
from flows.run import root_cause
from flows.sequence import sequence_flow
from flows.stopping import Stop
from flows.topics import ensure_topics
from schemas.audit.verify import trail_of, unpack
from schemas.topics import ACCOUNT_EVENTS, BREACHES, TICKS
from sinks.migrate import upgrade
from tests.api.stand import serving
from tests.api.test_sockets import heard, opened
from tests.docs.example import FOLDER
from tests.flows import kit

pytestmark = [pytest.mark.kafka, pytest.mark.postgres]

FLOWS = (sequence_flow, risk_flow, persist_flow)


class Running:
    """Flows on threads, until the context ends."""

    def __init__(self, log, settings):
        self._stops = [Stop() for _ in FLOWS]
        self.failures = []
        self._threads = [
            threading.Thread(target=self._run, args=(flow, log, settings, stop))
            for flow, stop in zip(FLOWS, self._stops, strict=True)
        ]

    def _run(self, flow, log, settings, stop):
        try:
            with ExitStack() as stack:
                run_main(flow(log, settings, stop, stack))
        except BaseException as error:  # noqa: BLE001 - told at the end
            self.failures.append(root_cause(error))

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        for stop in self._stops:
            stop._asked = True
        for thread in self._threads:
            thread.join(30)
        assert self.failures == []


def append(log, topic, *values):
    with closing(log.writer(topic)) as writer:
        for value in values:
            writer.append(value if isinstance(value, bytes) else orjson.dumps(value))
            writer.flush()


def wait_for(found, seconds=30):
    deadline = time.monotonic() + seconds
    while not (result := found()):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return result


def test_chain_when_a_price_crosses_a_floor_ends_on_a_subscribers_socket(
    kafka_bootstrap, topic_prefix, postgres_url, issuer, tmp_path
):
    upgrade(postgres_url)
    log = PrefixedLog(KafkaLog(kafka_bootstrap, {}, 1), topic_prefix)
    ensure_topics(log, 1)
    files = kit.InputFiles(FOLDER / "instruments.yaml", FOLDER / "rulesets", None, None)
    given = kit.settings(
        files,
        database_url=SecretStr(postgres_url),
        data_dir=tmp_path,
        kafka=kafka_bootstrap,
        topic_prefix=topic_prefix,
        audit_key_file=tmp_path / "audit.key",
    )
    make_key("test.example/chain", tmp_path / "audit.key")
    header, *rows = (FOLDER / "ticks.csv").read_text().split()
    ticks = [dict(zip(header.split(","), row.split(","), strict=True)) for row in rows]
    opening, fill = (FOLDER / "events.jsonl").read_bytes().splitlines()
    with (
        Running(log, given),
        serving(log, postgres_url, issuer, export=export_command(given)) as stand,
    ):
        append(log, ACCOUNT_EVENTS, opening)
        wait_for(lambda: "A-1001" in stand.service.live.accounts)
        append(log, TICKS, ticks[0])
        time.sleep(0.2)  # two topics have no order but that of arrival
        append(log, ACCOUNT_EVENTS, fill)
        time.sleep(0.2)
        with opened(stand, "/v1/accounts/A-1001/live") as socket:
            assert heard(socket)["type"] == "hello"
            append(log, TICKS, *ticks[1:])
            event = next(one for one in iter(lambda: heard(socket), None) if one["type"] == "event")
        breach = event["decision"]
        assert (breach["rule"], breach["floor"], breach["overshoot"]) == ("max", "48494", "10")
        (line,) = kit.values(log, BREACHES)
        assert orjson.loads(line) == breach
        client = stand.client()
        path = f"/v1/breaches/{breach['decision_id']}"
        wait_for(lambda: client.get(path).status_code == 200)
        assert client.get(path).json()["breach"] == breach
        with psycopg.connect(postgres_url) as connection:
            row = connection.execute(
                "SELECT observed::text, evidence FROM highwater.breaches"
            ).fetchall()
        assert row == [(breach["observed"], breach["evidence"])]
        assert client.get("/v1/accounts/A-1001").json()["state"] == "breached"
        bundle = client.get("/v1/accounts/A-1001/audit", timeout=200).content
    report = check(bundle, load_signer(given, None).key, None, "A-1001")
    assert report.problems == []
    assert breach in [record.get("decision") for record in trail_of(unpack(bundle))]
    at = bundle.index(b"1.07765")
    changed = bundle[:at] + b"2" + bundle[at + 1 :]
    assert check(changed, None, None, "A-1001").problems
    log.close()
