"""The kernel and the plain reader read the same out of any line."""

from string import printable

from hypothesis import given
from hypothesis import strategies as st

from tests.connectors.recording.kit import HEADER, read_csv

DIGITS = st.text("0123456789", max_size=12)
NEAR_PRICE = st.one_of(
    st.decimals("0.00001", "99999", places=5).map(str),
    st.builds("{}.{}".format, DIGITS, DIGITS),
    st.builds("{}.{}".format, DIGITS, st.sampled_from(["5", "50", "00000000", "000000001", "5e1"])),
    st.integers(-5, 10**19).map(str),
    st.text("0123456789.+-eE ", max_size=20),
    st.sampled_from(["9999999999", "9999999999.99999999", "0.00000001", "1000000000", "1.5e-3"]),
)
NEAR_TIME = st.one_of(
    st.integers(-1, 2**63).map(str),
    st.integers(9_214_646_399_999_999_990, 9_214_646_400_000_000_010).map(str),
    st.datetimes().map(lambda at: at.isoformat() + "Z"),
    st.datetimes().map(lambda at: at.isoformat(" ", "milliseconds") + "+05:30"),
    st.builds(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}{}{}".format,
        st.sampled_from([0, 1969, 1970, 1999, 2000, 2024, 2100, 2261, 2262, 9999]),
        st.integers(0, 13),
        st.integers(0, 32),
        st.integers(0, 25),
        st.integers(0, 60),
        st.integers(0, 60),
        st.sampled_from(["", ".", ".1", ".123456789", ".1234567890", ",5"]),
        st.sampled_from(["Z", "z", "", "+00:00", "-23:59", "+24:00", "+02", "+0200", "Z "]),
    ),
    st.text("0123456789-T:.Z+ ", max_size=35),
)
SYMBOLS = st.one_of(
    st.sampled_from(["EURUSD", "XAUUSD", "JPN225", "PEPE"]),
    st.sampled_from(["", "EURUS", "EURUSDX", "eurusd", '"EURUSD"', "EURUSD "]),
)
ROWS = st.builds("{},{},{},{}".format, NEAR_TIME, SYMBOLS, NEAR_PRICE, NEAR_PRICE)
LINES = st.one_of(ROWS, ROWS.map(lambda row: row + ","), st.text(printable, max_size=40), st.text())


@given(lines=st.lists(LINES, max_size=12), ending=st.sampled_from(["\n", "\r\n"]))
def test_kernel_when_given_any_lines_agrees_with_the_plain_reader(tmp_path_factory, lines, ending):
    folder = tmp_path_factory.mktemp("twin")
    data = ending.join([HEADER, *lines]).encode(errors="surrogatepass")
    fast = read_csv(folder, data, use_kernel=True)
    assert fast == read_csv(folder, data, use_kernel=False)


@given(
    ts=st.integers(0, 9_214_646_399_999_999_999),
    bid=st.integers(1, 10**15 - 1),
    spread=st.integers(0, 10**6),
)
def test_kernel_when_a_row_is_plain_reads_what_was_written(tmp_path_factory, ts, bid, spread):
    ask = bid + spread
    row = f"{ts},EURUSD,{bid // 10**5}.{bid % 10**5:05},{ask // 10**5}.{ask % 10**5:05}"
    content = read_csv(tmp_path_factory.mktemp("twin"), f"{HEADER}\n{row}\n")
    if ask < 10**15:
        assert [(tick.ts, tick.bid, tick.ask) for tick in content.ticks] == [(ts, bid, ask)]
    else:
        assert content.letters == [(2, "bad_value", "ask")]
