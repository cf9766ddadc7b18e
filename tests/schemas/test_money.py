from decimal import Decimal, localcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.errors import BadValue, OverPrecise
from schemas.json_text import Number
from schemas.money import EXACT, decimals, parse_amount, parse_decimal, round_unit, shared, text

numbers = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**15), max_value=10**15)
finite = st.builds(
    lambda digits, exponent: Decimal(digits).scaleb(exponent),
    st.integers(-(10**20), 10**20),
    st.integers(-18, 15),
)


@pytest.mark.parametrize(
    ("given_text", "value"),
    [
        ("0", "0"),
        ("-0", "0"),
        ("007", "7"),
        ("-12.50", "-12.5"),
        ("1e3", "1000"),
        ("1.5E-3", "0.0015"),
        (Number("0.10"), "0.1"),
        (5, "5"),
        (-5, "-5"),
        (Decimal("2.50"), "2.5"),
        ("9" * 40, "9" * 40),
    ],
)
def test_parse_decimal_when_a_number_reads_it_exactly(given_text, value):
    assert text(parse_decimal(given_text)) == value


@pytest.mark.parametrize(
    "bad",
    [
        *("", " ", " 1", "1 ", "1\n", "+1", "1_000", "1,5", ".5", "5.", "1e", "0x1", "--1"),
        "\u0661",
        *("NaN", "Infinity", "-inf", "1e41", "1e-41", "0e99", "1e99999", "9" * 101),
        *(True, False, None, 0.1, [], {}, b"1", Decimal("NaN"), Decimal("Infinity")),
        *(Decimal("1E+41"), 10**41, 10**4000),
    ],
)
def test_parse_decimal_when_no_number_refuses_it(bad):
    with pytest.raises(BadValue) as refused:
        parse_decimal(bad)
    assert refused.value.code == "bad_value"
    assert len(refused.value.message) < 150


@pytest.mark.parametrize(
    ("value", "count"),
    [("1.10000000", 1), ("1", 0), ("0", 0), ("0.000", 0), ("1E+3", 0), ("100", 0), ("1E-8", 8)],
)
def test_decimals_when_asked_counts_by_value(value, count):
    assert decimals(Decimal(value)) == count


def test_parse_amount_when_too_precise_says_so():
    with pytest.raises(OverPrecise) as refused:
        parse_amount("0.000000001")
    assert refused.value.code == "over_precise"
    assert parse_amount("0.010000000000") == Decimal("0.01")


def test_parse_amount_when_out_of_range_is_a_bad_value():
    assert parse_amount("999999999999999.99999999") > 0
    for bad in ("1e15", "-1e15"):
        with pytest.raises(BadValue):
            parse_amount(bad)


@pytest.mark.parametrize(
    ("value", "rounded"),
    [
        ("0.000000005", "0"),
        ("0.000000015", "0.00000002"),
        ("-0.000000015", "-0.00000002"),
        ("-0.000000005", "0"),
        ("0.0000000050001", "0.00000001"),
    ],
)
def test_round_unit_when_between_units_goes_to_the_even_one(value, rounded):
    assert text(round_unit(Decimal(value))) == rounded


@given(finite)
def test_text_when_read_again_is_the_same_number_in_its_one_form(value):
    written = text(value)
    assert parse_decimal(written) == value
    assert text(parse_decimal(written)) == written
    assert "E" not in written
    assert written != "-0"
    assert "." not in written or written[-1] not in "0."


@given(finite, st.integers(0, 6))
def test_decimals_when_zeros_are_appended_stay_the_same(value, zeros):
    padded = Decimal(format(value, "f") + ("" if "." in format(value, "f") else ".") + "0" * zeros)
    assert decimals(padded) == decimals(value)
    assert value == value.quantize(Decimal(1).scaleb(-decimals(value)), context=EXACT)


@given(finite)
def test_round_unit_when_the_context_is_narrow_is_exact_all_the_same(value):
    with localcontext(prec=3):
        rounded = round_unit(value)
    assert decimals(rounded) <= 8
    assert abs(rounded - value) * 2 <= Decimal("1E-8")


@given(st.floats())
def test_parse_decimal_when_a_float_refuses_it(value):
    with pytest.raises(BadValue):
        parse_decimal(value)


@given(st.text(max_size=12))
def test_parse_decimal_when_any_text_reads_what_json_reads_or_refuses(value):
    try:
        found = parse_decimal(value)
    except BadValue:
        return
    assert found == Decimal(value)
    assert value.isascii()
    assert not set(value) & set("_+ ") or "e" in value.lower()


def test_shared_when_equal_amounts_are_written_otherwise_keeps_them_apart():
    """Which of two equal amounts a process saw first must not show anywhere."""
    written = ["7.25", "7.250", "7.25000000", "-7.25"]
    assert [str(shared(Decimal(amount))) for amount in written * 2] == written * 2
    assert shared(Decimal("7.250")) is shared(Decimal("7.250"))
