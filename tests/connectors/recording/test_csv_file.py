"""CSV recordings: every kind of bad row, and good neighbours that survive it."""

import pytest

from connectors.bad_file import BadFile
from schemas.instants import parse_instant
from tests.connectors.recording.kit import HEADER, Tick, read_csv

GOOD_BEFORE = "2014-05-02T12:30:00Z,EURUSD,1.38000,1.38010"
GOOD_AFTER = "2014-05-02T12:30:02Z,XAUUSD,1286.4,1286.679"
T0 = parse_instant("2014-05-02T12:30:00Z")

BAD_ROWS = {
    "crossed": ("1399033801000000000,EURUSD,1.38011,1.38010", "crossed", "bid"),
    "zero": ("1399033801000000000,EURUSD,0,1.38010", "bad_value", "bid"),
    "zero spelled long": ("1399033801000000000,EURUSD,0.00000,1.38010", "bad_value", "bid"),
    "negative": ("1399033801000000000,EURUSD,-1.38,1.38010", "bad_value", "bid"),
    "negative ask": ("1399033801000000000,EURUSD,1.38,-1.38010", "bad_value", "ask"),
    "over-precise": ("1399033801000000000,EURUSD,1.380001,1.38010", "over_precise", "bid"),
    "over-precise ask": ("1399033801000000000,EURUSD,1.38,1.3801001", "over_precise", "ask"),
    "over-precise for gold": ("1399033801000000000,XAUUSD,1286.4001,1287", "over_precise", "bid"),
    "decimals where none are": ("1399033801000000000,JPN225,14400.5,14401", "over_precise", "bid"),
    "unknown symbol": ("1399033801000000000,GBPUSD,1.38,1.38010", "unknown_symbol", "symbol"),
    "symbol in small letters": ("1399033801000000000,eurusd,1.38,1.4", "unknown_symbol", "symbol"),
    "no symbol": ("1399033801000000000,,1.38,1.38010", "unknown_symbol", "symbol"),
    "no offset": ("2014-05-02T12:30:01,EURUSD,1.38,1.38010", "bad_ts", "ts"),
    "float seconds": ("1399033801.5,EURUSD,1.38,1.38010", "bad_ts", "ts"),
    "no such day": ("2014-02-30T12:30:01Z,EURUSD,1.38,1.38010", "bad_ts", "ts"),
    "no such hour": ("2014-05-02T24:00:00Z,EURUSD,1.38,1.38010", "bad_ts", "ts"),
    "ten decimals of a second": ("2014-05-02T12:30:01.1234567890Z,EURUSD,1,2", "bad_ts", "ts"),
    "empty time": (",EURUSD,1.38,1.38010", "bad_ts", "ts"),
    "before 1970": ("1969-12-31T23:59:59Z,EURUSD,1.38,1.38010", "bad_ts", "ts"),
    "after 2261": ("2262-01-01T00:00:00Z,EURUSD,1.38,1.38010", "bad_ts", "ts"),
    "ns beyond range": ("9999999999999999999,EURUSD,1.38,1.38010", "bad_ts", "ts"),
    "no number": ("1399033801000000000,EURUSD,n/a,1.38010", "bad_value", "bid"),
    "not a number": ("1399033801000000000,EURUSD,NaN,1.38010", "bad_value", "bid"),
    "leading blank": ("1399033801000000000,EURUSD, 1.38,1.38010", "bad_value", "bid"),
    "leading plus": ("1399033801000000000,EURUSD,+1.38,1.38010", "bad_value", "bid"),
    "bare point": ("1399033801000000000,EURUSD,.5,1.38010", "bad_value", "bid"),
    "trailing point": ("1399033801000000000,EURUSD,1.,1.38010", "bad_value", "bid"),
    "empty price": ("1399033801000000000,EURUSD,,1.38010", "bad_value", "bid"),
    "too large": ("1399033801000000000,EURUSD,1.38,10000000000", "bad_value", "ask"),
    "too few fields": ("1399033801000000000,EURUSD,1.38", "bad_format", ""),
    "too many fields": ("1399033801000000000,EURUSD,1.38,1.38010,", "bad_format", ""),
    "an open quote": ('1399033801000000000,"EURUSD,1.38,1.38010', "bad_format", ""),
    "not UTF-8": (b"1399033801000000000,EURUS\xc4,1.38,1.38010", "bad_format", ""),
    "text": ("disconnected", "bad_format", ""),
}


@pytest.mark.parametrize("use_kernel", [True, False])
@pytest.mark.parametrize("kind", BAD_ROWS)
def test_row_when_bad_is_a_dead_letter_and_its_neighbours_survive(tmp_path, kind, use_kernel):
    row, code, path = BAD_ROWS[kind]
    raw = row if isinstance(row, bytes) else row.encode()
    data = b"\n".join([HEADER.encode(), GOOD_BEFORE.encode(), raw, GOOD_AFTER.encode(), b""])
    content = read_csv(tmp_path, data, use_kernel=use_kernel)
    assert content.letters == [(3, code, path)]
    assert content.raws == [raw.decode(errors="backslashreplace")]
    assert content.ticks == [
        Tick(T0, "EURUSD", 138000, 138010, -1),
        Tick(T0 + 2 * 10**9, "XAUUSD", 1286400, 1286679, -1),
    ]


GOOD_ROWS = {
    "ns": ("1399033801000000001,EURUSD,1.38,1.4", 1399033801000000001, 138000),
    "offset": ("2014-05-02T14:30:01+02:00,EURUSD,1.38,1.4", 1399033801000000000, 138000),
    "west": ("2014-05-02T07:00:01-05:30,EURUSD,1.38,1.4", 1399033801000000000, 138000),
    "short offset": ("2014-05-02T14:30:01+02,EURUSD,1.38,1.4", 1399033801000000000, 138000),
    "blank": ("2014-05-02 12:30:01Z,EURUSD,1.38,1.4", 1399033801000000000, 138000),
    "small letters": ("2014-05-02t12:30:01z,EURUSD,1.38,1.4", 1399033801000000000, 138000),
    "nanoseconds": ("2014-05-02T12:30:01.000000001Z,EURUSD,1,2", 1399033801000000001, 100000),
    "no seconds": ("2014-05-02T12:31Z,EURUSD,1.38,1.4", 1399033860000000000, 138000),
    "leap day": ("2024-02-29T00:00:00Z,EURUSD,1.38,1.4", 1709164800000000000, 138000),
    "the epoch": ("0,EURUSD,1.38,1.4", 0, 138000),
    "zeros by value": ("1399033801000000000,EURUSD,1.38000000,1.4", 1399033801000000000, 138000),
    "leading zeros": ("1399033801000000000,EURUSD,01.38,1.4", 1399033801000000000, 138000),
    "an exponent": ("1399033801000000000,EURUSD,138e-2,1.4", 1399033801000000000, 138000),
    "locked": ("1399033801000000000,EURUSD,1.38,1.38", 1399033801000000000, 138000),
    "quoted": ('"1399033801000000000","EURUSD","1.38","1.4"', 1399033801000000000, 138000),
}


@pytest.mark.parametrize("use_kernel", [True, False])
@pytest.mark.parametrize("kind", GOOD_ROWS)
def test_row_when_written_another_way_is_read(tmp_path, kind, use_kernel):
    row, ts, bid = GOOD_ROWS[kind]
    content = read_csv(tmp_path, f"{HEADER}\n{row}\n", use_kernel=use_kernel)
    assert content.letters == []
    assert [(tick.ts, tick.bid) for tick in content.ticks] == [(ts, bid)]


def test_columns_when_more_and_in_another_order_are_found_by_name(tmp_path):
    header = "venue,last,ask,note,bid,symbol,ts"
    rows = f"{header}\nX,1.39,1.4,caf\u00e9,1.38,EURUSD,5\nX,,1.4,,1.38,EURUSD,6\n"
    content = read_csv(tmp_path, rows)
    assert content.ticks == [
        Tick(5, "EURUSD", 138000, 140000, 139000),
        Tick(6, "EURUSD", 138000, 140000, -1),
    ]


@pytest.mark.parametrize(
    ("last", "code"), [("0", "bad_value"), ("1.380001", "over_precise"), ("x", "bad_value")]
)
def test_last_when_bad_refuses_the_row(tmp_path, last, code):
    content = read_csv(tmp_path, f"{HEADER},last\n5,EURUSD,1.38,1.4,{last}\n")
    assert content.letters == [(2, code, "last")]


def test_lines_when_blank_crlf_or_without_a_last_end_are_counted_right(tmp_path):
    content = read_csv(tmp_path, f"{HEADER}\r\n\r\n5,EURUSD,1,2\r\n\r\nbad\r\n6,EURUSD,1,2")
    assert [tick.ts for tick in content.ticks] == [5, 6]
    assert content.letters == [(5, "bad_format", "")]


def test_header_when_it_starts_with_a_byte_order_mark_is_read(tmp_path):
    assert len(read_csv(tmp_path, f"\ufeff{HEADER}\n5,EURUSD,1,2\n").ticks) == 1


def test_recording_when_only_a_header_is_empty_and_fine(tmp_path):
    assert read_csv(tmp_path, HEADER).ticks == []


@pytest.mark.parametrize(
    ("header", "says"),
    [
        ("ts,symbol,bid", "ticks.csv:1: column `ask` is missing"),
        ("ts,symbol,bid,ask,bid", "ticks.csv:1: column `bid` is there twice"),
        ("", "ticks.csv:1: is empty"),
        ("\n1,2,3,4", "ticks.csv:1: column `ts` is missing"),
    ],
)
def test_header_when_it_does_not_serve_is_a_bad_file(tmp_path, header, says):
    with pytest.raises(BadFile, match=says.replace("`", ".")):
        read_csv(tmp_path, header)


def test_ticks_when_time_goes_back_take_the_time_before_and_keep_their_own(tmp_path):
    rows = ["10,EURUSD,1,2", "8,EURUSD,1,2", "9,EURUSD,2,1", "10,EURUSD,1,2", "12,EURUSD,1,2"]
    content = read_csv(tmp_path, "\n".join([HEADER, *rows]))
    assert [tick.ts for tick in content.ticks] == [10, 10, 10, 12]
    assert content.late == {1: 8}
    assert content.letters == [(4, "crossed", "bid")]


def test_time_when_a_refused_tick_is_ahead_does_not_move(tmp_path):
    rows = ["10,EURUSD,1,2", "99,EURUSD,2,1", "11,EURUSD,1,2"]
    content = read_csv(tmp_path, "\n".join([HEADER, *rows]))
    assert [tick.ts for tick in content.ticks] == [10, 11]
    assert content.late == {}
