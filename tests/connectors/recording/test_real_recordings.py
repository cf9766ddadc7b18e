"""Recordings of real markets: what is refused, counted by other means."""

import csv
import gzip
from decimal import Decimal

import numpy as np

from connectors.recording.listing import Listing
from connectors.recording.open import open_recording
from schemas.instruments import InstrumentTable
from tests.recordings import recording

DIGITS = {"EURUSD": 5, "NZDUSD": 5, "XAUUSD": 3}
LISTING = Listing(
    InstrumentTable.parse(
        [
            {
                "symbol": symbol,
                "base": symbol[:3],
                "quote": "USD",
                "price_digits": str(digits),
                "qty_digits": "2",
            }
            for symbol, digits in DIGITS.items()
        ]
    )
)


def columns_of(path):
    """Read a recording; return its ticks as rows and its dead letters."""
    batches = list(open_recording(path, LISTING).batches())
    names = ("ts", "symbol", "bid", "ask", "last")
    columns = [np.concatenate([getattr(batch, name) for batch in batches]) for name in names]
    letters = [letter for batch in batches for _, letter in batch.letters]
    return columns, letters


def test_crossed_feed_when_read_refuses_exactly_the_crossed_quotes():
    path = recording("fx-2014-05-02-crossed.csv.gz")
    crossed, locked, total = [], 0, 0
    with gzip.open(path, "rt") as handle:
        for line, row in enumerate(csv.DictReader(handle), 2):
            bid, ask = Decimal(row["bid"]), Decimal(row["ask"])
            total += 1
            locked += bid == ask
            if bid > ask:
                crossed.append(line)
    columns, letters = columns_of(path)
    assert [letter.line for letter in letters] == crossed
    assert {letter.code for letter in letters} == {"crossed"}
    assert len(columns[0]) == total - len(crossed)
    assert np.count_nonzero(columns[2] == columns[3]) == locked
    assert len(crossed) > total // 10
    assert locked > total // 10


def test_csv_and_parquet_when_of_the_same_hours_are_equal():
    from_csv, _ = columns_of(recording("fx-2014-05-02-payrolls.csv.gz"))
    from_parquet, letters = columns_of(recording("fx-2014-05-02.parquet"))
    assert letters == []
    start, end = from_csv[0][0], from_csv[0][-1]
    inside = (from_parquet[0] >= start) & (from_parquet[0] <= end)
    for one, other in zip(from_csv, from_parquet, strict=True):
        assert np.array_equal(one, other[inside])
