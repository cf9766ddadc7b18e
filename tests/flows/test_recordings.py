"""Both engines write the same files over recorded markets; `make compare` does it at full size."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from schemas.instants import parse_instant
from tests.flows.compare import compare
from tests.flows.recorded import CRYPTO, FX
from tests.recordings import recording

ACCOUNTS = 20

# Gold falls by a percent; then a session ends, and more than 4,000 ticks come in one second.
PIECES = {
    "fx-2014-05-02.parquet": (FX, "2014-05-02T12:25:00Z", "2014-05-02T12:40:00Z"),
    "crypto-2024-08-08.parquet": (CRYPTO, "2024-08-08T23:59:30Z", "2024-08-09T00:00:30Z"),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", PIECES)
def test_engines_when_a_recorded_market_is_replayed_write_the_same_files(tmp_path, name):
    instruments, since, until = PIECES[name]
    whole = pq.read_table(recording(name))
    ts = whole["ts"].to_numpy().astype("int64")
    inside = pa.array((ts >= parse_instant(since)) & (ts < parse_instant(until)))
    ticks = tmp_path / "piece.parquet"
    pq.write_table(whole.filter(inside), ticks)
    fast, slow = compare(ticks, instruments, seed=2, accounts=ACCOUNTS)
    assert fast.decisions == slow.decisions
    assert fast.dead_letters == slow.dead_letters
    counts = fast.counts()
    assert counts["breach"] >= 3
    assert counts["state"] >= ACCOUNTS
