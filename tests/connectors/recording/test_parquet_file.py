"""Parquet recordings: every type a column may have, bad rows, and equality with CSV."""

from datetime import UTC, datetime
from decimal import ROUND_HALF_EVEN, Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.bad_file import BadFile
from tests.connectors.recording.kit import HEADER, LISTING, Tick, read_csv, read_path

TS = pa.timestamp("ns", tz="UTC")


def write(folder, ts, symbol, bid, ask, **more):
    """Write a recording of columns, each an arrow array or a list."""
    path = folder / "ticks.parquet"
    ts = ts if isinstance(ts, pa.Array) else pa.array(ts, pa.int64())
    pq.write_table(pa.table({"ts": ts, "symbol": symbol, "bid": bid, "ask": ask, **more}), path)
    return path


def decimals(values, precision=18, scale=8):
    return pa.array([None if v is None else Decimal(v) for v in values],
                    pa.decimal128(precision, scale))  # fmt: skip


TIMES = {
    "ns": pa.array([5_000_000_000, 6_000_000_000], TS),
    "us": pa.array([5_000_000, 6_000_000], pa.timestamp("us", tz="Europe/Prague")),
    "ms": pa.array([5_000, 6_000], pa.timestamp("ms", tz="+02:00")),
    "s": pa.array([5, 6], pa.timestamp("s", tz="UTC")),
    "integers": pa.array([5_000_000_000, 6_000_000_000], pa.int64()),
    "unsigned": pa.array([5_000_000_000, 6_000_000_000], pa.uint64()),
    "text": pa.array(["1970-01-01T00:00:05Z", "6000000000"]),
    "categories": pa.array(["1970-01-01T00:00:05Z", "6000000000"]).dictionary_encode(),
}


@pytest.mark.parametrize("kind", TIMES)
def test_times_when_of_any_type_with_a_zone_are_read(tmp_path, kind):
    path = write(tmp_path, TIMES[kind], ["EURUSD"] * 2, [1.1, 1.2], [1.1, 1.2])
    assert [tick.ts for tick in read_path(path).ticks] == [5 * 10**9, 6 * 10**9]


PRICES = {
    "decimal": decimals(["1.38", "1286.4"]),
    "narrow decimal": decimals(["1.38", "1286.40"], 6, 2),
    "wide decimal": pa.array([Decimal("1.38"), Decimal("1286.4")], pa.decimal256(50, 20)),
    "small decimal": pa.array([Decimal("1.38"), Decimal("1286.4")], pa.decimal64(10, 4)),
    "text": pa.array(["1.38", "1286.400000000"]),
    "large text": pa.array(["1.38", "1286.4"], pa.large_string()),
    "categories": pa.array(["1.38", "1286.4"]).dictionary_encode(),
    "bytes": pa.array([b"1.38", b"1286.4"]),
    "float64": pa.array([1.38, 1286.4]),
}


@pytest.mark.parametrize("kind", PRICES)
def test_prices_when_of_any_exact_type_or_float64_are_read(tmp_path, kind):
    path = write(tmp_path, [5, 6], ["EURUSD", "XAUUSD"], PRICES[kind], PRICES[kind])
    content = read_path(path)
    assert content.letters == []
    assert [tick.bid for tick in content.ticks] == [138000, 1286400]


def test_prices_when_integers_are_whole(tmp_path):
    path = write(tmp_path, [5], ["JPN225"], [14400], [14401])
    assert read_path(path).ticks == [Tick(5, "JPN225", 14400, 14401, -1)]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"ts": pa.array([5, 6], pa.timestamp("ns"))}, "column .ts. is timestamp.ns.: .* zone"),
        ({"ts": pa.array([5.0, 6.0])}, "column .ts. is double"),
        ({"ts": pa.array([5, 6], pa.date32())}, "column .ts. is date32"),
        ({"bid": pa.array([1.0, 2.0], pa.float32())}, "column .bid. is float: "),
        ({"bid": pa.array([True, False])}, "column .bid. is bool"),
        ({"symbol": pa.array([1, 2])}, "column .symbol. is int64: text is needed"),
    ],
)
def test_column_when_its_type_has_no_meaning_is_a_bad_file(tmp_path, change, says):
    columns = {"ts": [5, 6], "symbol": ["EURUSD"] * 2, "bid": [1.0, 2.0], "ask": [1.0, 2.0]}
    with pytest.raises(BadFile, match=r"ticks.parquet: " + says):
        read_path(write(tmp_path, **{**columns, **change}))


def test_column_when_missing_is_a_bad_file(tmp_path):
    path = tmp_path / "ticks.parquet"
    pq.write_table(pa.table({"ts": [5], "symbol": ["EURUSD"], "bid": [1.0]}), path)
    with pytest.raises(BadFile, match=r"ticks.parquet: column `ask` is missing"):
        read_path(path)


def test_file_when_not_parquet_at_all_is_a_bad_file(tmp_path):
    path = tmp_path / "ticks.parquet"
    path.write_text("ts,symbol,bid,ask\n")
    with pytest.raises(BadFile, match=r"ticks.parquet: is not a Parquet file"):
        read_path(path)


BAD = {
    "crossed": ("1.2", "1.1", "EURUSD", 5, "crossed", "bid"),
    "zero": ("0", "1.1", "EURUSD", 5, "bad_value", "bid"),
    "negative": ("-1.1", "1.1", "EURUSD", 5, "bad_value", "bid"),
    "over-precise": ("1.000001", "1.1", "EURUSD", 5, "over_precise", "bid"),
    "no bid": (None, "1.1", "EURUSD", 5, "bad_value", "bid"),
    "no ask": ("1.1", None, "EURUSD", 5, "bad_value", "ask"),
    "no symbol": ("1.1", "1.1", None, 5, "bad_value", "symbol"),
    "unknown": ("1.1", "1.1", "GBPUSD", 5, "unknown_symbol", "symbol"),
    "no time": ("1.1", "1.1", "EURUSD", None, "bad_ts", "ts"),
    "before 1970": ("1.1", "1.1", "EURUSD", -1, "bad_ts", "ts"),
}


@pytest.mark.parametrize("as_text", [False, True])
@pytest.mark.parametrize("kind", BAD)
def test_row_when_bad_is_a_dead_letter_and_its_neighbours_survive(tmp_path, kind, as_text):
    bid, ask, symbol, ts, code, where = BAD[kind]
    bids, asks = (["1", bid, "1"], ["2", ask, "2"])
    columns = (bids, asks) if as_text else (decimals(bids), decimals(asks))
    content = read_path(write(tmp_path, [4, ts, 6], ["EURUSD", symbol, "XAUUSD"], *columns))
    assert content.letters == [(2, code, where)]
    assert [tick.ts for tick in content.ticks] == [4, 6]


def test_float_when_not_a_number_or_infinite_is_a_dead_letter(tmp_path):
    prices = [float("nan"), float("inf"), 1e300, 1e-9, 1.5]
    content = read_path(write(tmp_path, [1, 2, 3, 4, 5], ["EURUSD"] * 5, prices, prices))
    assert [code for _, code, _ in content.letters] == ["bad_value"] * 4
    assert [tick.bid for tick in content.ticks] == [150000]


@given(st.lists(st.floats(1e-4, 1e9), min_size=1, max_size=20), st.sampled_from(["EURUSD", "PEPE"]))
def test_float_when_quantised_is_rounded_once_half_even(tmp_path_factory, values, symbol):
    folder = tmp_path_factory.mktemp("floats")
    digits = {"EURUSD": 5, "PEPE": 8}[symbol]
    times = list(range(len(values)))
    content = read_path(write(folder, times, [symbol] * len(values), values, values))
    unit = Decimal(1).scaleb(-digits)
    exact = [int(Decimal(v).quantize(unit, ROUND_HALF_EVEN).scaleb(digits)) for v in values]
    assert [tick.bid for tick in content.ticks] == exact


def test_float_when_half_way_goes_to_the_even_neighbour(tmp_path):
    halves = [0.5, 1.5, 2.5, 1000000.5, 1000001.5]
    content = read_path(
        write(tmp_path, list(range(5)), ["JPN225"] * 5, [*halves[1:], 3.5], [9e6] * 5)
    )
    assert [tick.bid for tick in content.ticks] == [2, 2, 1000000, 1000002, 4]


def test_last_when_null_or_empty_is_none(tmp_path):
    last = decimals(["1.5", None, "0"])
    content = read_path(write(tmp_path, [1, 2, 3], ["EURUSD"] * 3, [1.0] * 3, [2.0] * 3, last=last))
    assert [tick.last for tick in content.ticks] == [150000, -1]
    assert content.letters == [(3, "bad_value", "last")]
    texts = pa.array(["1.5", "", None])
    content = read_path(
        write(tmp_path, [1, 2, 3], ["EURUSD"] * 3, [1.0] * 3, [2.0] * 3, last=texts)
    )
    assert [tick.last for tick in content.ticks] == [150000, -1, -1]


def test_symbol_when_its_bytes_are_no_text_is_a_dead_letter(tmp_path):
    symbols = pa.array([b"EURUSD", b"EUR\xff"], pa.binary())
    content = read_path(write(tmp_path, [1, 2], symbols, [1.0, 1.0], [2.0, 2.0]))
    assert content.letters == [(2, "bad_format", "symbol")]
    assert len(content.ticks) == 1


PRICE = st.decimals("-1", "20000", places=6, allow_nan=False).map(lambda v: f"{v:f}")
ROWS = st.lists(
    st.tuples(
        st.integers(-3, 30).map(lambda n: n * 10**9),
        st.sampled_from(["EURUSD", "XAUUSD", "JPN225", "GBPUSD"]),
        PRICE,
        PRICE,
    ),
    max_size=30,
)


@given(rows=ROWS, as_text=st.booleans())
def test_recording_when_the_same_in_csv_and_parquet_reads_equal(tmp_path_factory, rows, as_text):
    folder = tmp_path_factory.mktemp("both")
    csv = [",".join(map(str, row)) for row in rows]
    from_csv = read_csv(folder, "\n".join([HEADER, *csv]))
    ts, symbols, bids, asks = (
        (list(column) for column in zip(*rows, strict=True)) if rows else ([],) * 4
    )
    prices = (pa.array(bids, pa.string()), pa.array(asks, pa.string()))
    if not as_text:
        prices = (decimals(bids), decimals(asks))
    symbols = pa.array(symbols, pa.string())
    from_parquet = read_path(write(folder, pa.array(ts, pa.int64()), symbols, *prices))
    assert from_parquet.ticks == from_csv.ticks
    assert from_parquet.late == from_csv.late
    # A row of CSV stands one line further down, behind the header.
    assert [(line + 1, *what) for line, *what in from_parquet.letters] == from_csv.letters


def test_listing_when_empty_knows_no_symbol(tmp_path):
    from connectors.recording.listing import Listing
    from schemas.instruments import InstrumentTable

    path = write(tmp_path, [1], ["EURUSD"], [1.0], [2.0])
    content = read_path(path, Listing(InstrumentTable()))
    assert content.letters == [(1, "unknown_symbol", "symbol")]
    assert LISTING.ids


def test_time_when_a_datetime_with_zone_was_written_is_its_instant(tmp_path):
    at = datetime(2014, 5, 2, 12, 30, tzinfo=UTC)
    path = write(tmp_path, pa.array([at], TS), ["EURUSD"], [1.0], [2.0])
    assert read_path(path).ticks[0].ts == 1399033800 * 10**9
