"""Breaches of recorded markets are told alike from the files and from a bundle."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from flows.audit.export import export
from flows.audit.journals import FileJournal
from flows.audit.report import check
from flows.audit.survey import survey
from flows.explain.find import in_bundle, in_journal
from flows.explain.story import tell
from schemas.instants import parse_instant
from tests.flows.audit.proofs import SIGNER
from tests.flows.recorded import CRYPTO, FX, Market, world
from tests.recordings import recording

PIECES = {
    "fx-2014-05-02.parquet": (FX, "2014-05-02T12:25:00Z", "2014-05-02T12:40:00Z"),
    "crypto-2024-08-08.parquet": (CRYPTO, "2024-08-08T23:59:30Z", "2024-08-09T00:00:30Z"),
}

ENOUGH = 4


@pytest.mark.slow
@pytest.mark.parametrize("name", PIECES)
def test_breaches_when_a_market_is_recorded_are_told_and_proven(tmp_path, name):
    instruments, since, until = PIECES[name]
    whole = pq.read_table(recording(name))
    ts = whole["ts"].to_numpy().astype("int64")
    inside = pa.array((ts >= parse_instant(since)) & (ts < parse_instant(until)))
    ticks = tmp_path / "piece.parquet"
    pq.write_table(whole.filter(inside), ticks)
    world(Market.read(ticks, instruments), instruments, 2, 20).write(tmp_path)
    journal = FileJournal(
        tmp_path / "instruments.yaml",
        tmp_path / "rulesets",
        [ticks],
        [tmp_path / "events.jsonl"],
    )
    register = survey(journal).register
    told = 0
    for account_id in register.trails:
        if told >= ENOUGH:
            break
        made = export(journal, account_id, SIGNER)
        assert check(made.data, SIGNER.key).problems == []
        breaches = [line for line in made.data.split(b"\n") if b'"type":"breach"' in line]
        for line in breaches[:2]:
            decision_id = line.partition(b'"decision_id":"')[2][:32].decode()
            bundled = in_bundle(made.data, decision_id, SIGNER.key)
            found = in_journal(journal, decision_id)
            for one in (bundled, found):
                assert tell(one.case, one.verdict, one.recorded)["verdict"]["same"]
            assert found.recorded == bundled.recorded
            told += 1
    assert told >= ENOUGH
