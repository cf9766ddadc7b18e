import pytest

from schemas.errors import InputError
from schemas.instruments import InstrumentTable, parse_instrument
from schemas.yaml_text import load

EURUSD = {"symbol": "EURUSD", "base": "EUR", "quote": "USD", "price_digits": "5", "qty_digits": "2"}
USDJPY = {"symbol": "USDJPY", "base": "USD", "quote": "JPY", "price_digits": "3", "qty_digits": "2"}
BY_USDJPY = {"symbol": "USDJPY", "op": "divide"}


def refusal(value):
    with pytest.raises(InputError) as refused:
        parse_instrument(value)
    return refused.value.code, refused.value.path


def test_instrument_when_minimal_has_the_contracts_defaults():
    found = parse_instrument(EURUSD)
    assert (found.kind, found.mark, found.contract_size) == ("linear", "bid_ask", 1)
    assert (found.pnl_currency, found.conversion) == ("USD", None)


def test_instrument_when_read_from_yaml_takes_text_for_numbers():
    content = "- {symbol: X, base: A, quote: B, price_digits: 2, qty_digits: 0, contract_size: 0.5}"
    table = InstrumentTable.parse(load(content).data)
    assert str(table["X"].contract_size) == "0.5"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"price_digits": "9"}, ("bad_value", "price_digits")),
        ({"price_digits": "-1"}, ("bad_value", "price_digits")),
        ({"qty_digits": "1.5"}, ("bad_value", "qty_digits")),
        ({"qty_digits": None}, ("bad_value", "qty_digits")),
        ({"contract_size": "0"}, ("bad_value", "contract_size")),
        ({"contract_size": "1e10"}, ("bad_value", "contract_size")),
        ({"contract_size": "0.000000001"}, ("over_precise", "contract_size")),
        ({"contract_size": 0.1}, ("bad_value", "contract_size")),
        ({"kind": "quanto"}, ("bad_value", "kind")),
        ({"mark": "close"}, ("bad_value", "mark")),
        ({"symbol": ""}, ("bad_value", "symbol")),
        ({"base": "€"}, ("bad_value", "base")),
        ({"tick_size": "1"}, ("bad_value", "tick_size")),
        ({"conversion": "USDJPY"}, ("bad_value", "conversion")),
        ({"conversion": {}}, ("bad_value", "conversion")),
        ({"conversion": {"symbol": "USDJPY"}}, ("bad_value", "conversion.op")),
        ({"conversion": {"USD": {"symbol": "X", "op": "add"}}}, ("bad_value", "conversion.USD.op")),
        ({"conversion": {"USD": "X"}}, ("bad_value", "conversion.USD")),
        ({"conversion": BY_USDJPY | {"by": "X"}}, ("bad_value", "conversion.by")),
    ],
)
def test_instrument_when_a_field_is_bad_names_it(changes, expected):
    assert refusal(EURUSD | changes) == expected


def test_instrument_when_inverse_earns_its_base():
    found = parse_instrument(EURUSD | {"kind": "inverse"})
    assert found.pnl_currency == "EUR"


def test_conversion_when_single_serves_every_other_currency():
    found = parse_instrument(USDJPY | {"conversion": BY_USDJPY})
    assert found.conversion_for("JPY") is None
    assert found.conversion_for("USD") == found.conversion
    assert found.has_rate_path("JPY")
    assert found.has_rate_path("USD")


def test_conversion_when_a_map_serves_the_currencies_it_names():
    found = parse_instrument(USDJPY | {"conversion": {"USD": BY_USDJPY}})
    assert found.conversion_for("USD") is not None
    assert found.conversion_for("EUR") is None
    assert found.has_rate_path("USD")
    assert not found.has_rate_path("EUR")


def test_conversion_when_there_is_none_only_the_own_currency_has_a_path():
    found = parse_instrument(EURUSD)
    assert found.has_rate_path("USD")
    assert not found.has_rate_path("EUR")


def test_table_when_filled_numbers_instruments_in_order():
    table = InstrumentTable([parse_instrument(EURUSD), parse_instrument(USDJPY)])
    assert table.index == {"EURUSD": 0, "USDJPY": 1}
    assert table.by_id(1) is table["USDJPY"]
    assert table.get("GBPUSD") is None
    assert [item.symbol for item in table] == ["EURUSD", "USDJPY"]
    assert ("EURUSD" in table, "GBPUSD" in table, len(table)) == (True, False, 2)


def test_table_when_the_same_is_listed_again_keeps_its_number():
    table = InstrumentTable([parse_instrument(EURUSD)])
    assert table.add(parse_instrument(EURUSD | {"contract_size": "1.0"})) == 0
    with pytest.raises(InputError) as refused:
        table.add(parse_instrument(EURUSD | {"contract_size": "2"}))
    assert (refused.value.code, refused.value.path) == ("bad_value", "symbol")
    assert len(table) == 1


def test_table_when_a_conversion_is_not_listed_refuses_and_stays_as_it_was():
    table = InstrumentTable()
    eurjpy = EURUSD | {"symbol": "EURJPY", "quote": "JPY", "conversion": BY_USDJPY}
    with pytest.raises(InputError) as refused:
        table.add(parse_instrument(eurjpy))
    assert (refused.value.code, refused.value.path) == ("unknown_symbol", "conversion.symbol")
    assert len(table) == 0
    table.add(parse_instrument(USDJPY | {"conversion": BY_USDJPY}))
    assert table.add(parse_instrument(eurjpy)) == 1


def test_table_when_a_file_lists_the_conversion_later_is_fine():
    eurjpy = EURUSD | {"symbol": "EURJPY", "quote": "JPY", "conversion": {"USD": BY_USDJPY}}
    assert len(InstrumentTable.parse([eurjpy, USDJPY])) == 2
    with pytest.raises(InputError) as refused:
        InstrumentTable.parse([EURUSD, eurjpy])
    assert refused.value.path == "1.conversion.USD.symbol"


@pytest.mark.parametrize(
    ("entries", "path"),
    [
        ({}, ""),
        ("x", ""),
        ([EURUSD, "x"], "1"),
        ([EURUSD, USDJPY | {"mark": "x"}], "1.mark"),
        ([EURUSD, EURUSD | {"mark": "mid"}], "1.symbol"),
    ],
)
def test_table_when_a_file_is_bad_names_the_entry(entries, path):
    with pytest.raises(InputError) as refused:
        InstrumentTable.parse(entries)
    assert refused.value.path == path


def test_table_when_copied_is_independent():
    table = InstrumentTable([parse_instrument(EURUSD)])
    other = table.copy()
    other.add(parse_instrument(USDJPY))
    assert (len(table), len(other)) == (1, 2)
