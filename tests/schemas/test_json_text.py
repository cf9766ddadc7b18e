import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.errors import InputError
from schemas.json_text import Number, dumps, loads

texts = st.text(st.characters(exclude_categories=["Cs"]))
literals = st.from_regex(
    r"-?(0|[1-9][0-9]{0,30})(\.[0-9]{1,20})?([eE][+-]?[0-9]{1,3})?", fullmatch=True
)
documents = st.recursive(
    st.none() | st.booleans() | texts | literals.map(Number),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=20,
)


@given(documents)
def test_json_when_written_and_read_is_the_same(value):
    assert loads(dumps(value)) == value


@given(documents)
def test_json_when_written_is_what_the_standard_library_reads(value):
    json.loads(dumps(value))


@pytest.mark.parametrize(
    "literal", ["0.1", "0.10", "1e5", "-0", "1E-400", "1" * 60, "0.1000000000000000055"]
)
def test_loads_when_a_number_keeps_its_exact_text(literal):
    found = loads(f'{{"x": {literal}}}')
    assert found == {"x": Number(literal)}
    assert type(found["x"]) is Number
    assert dumps(found) == f'{{"x":{literal}}}'.encode()


def test_loads_when_text_looks_like_a_number_stays_text():
    assert type(loads('["1"]')[0]) is str


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        (b"", "bad_format"),
        (b"{", "bad_format"),
        (b"{'a': 1}", "bad_format"),
        (b"{a: 1}", "bad_format"),
        (b"[1,]", "bad_format"),
        (b"[01]", "bad_format"),
        (b"[+1]", "bad_format"),
        (b"[.5]", "bad_format"),
        (b"{} {}", "bad_format"),
        (b'["\t"]', "bad_format"),
        (b"\xef\xbb\xbf{}", "bad_format"),
        (b'{"a": "\xff"}', "bad_format"),
        ('{"a": "\ud800"}', "bad_format"),
        (b"[" * 101 + b"]" * 101, "bad_format"),
        (b'{"a":' * 101 + b"1" + b"}" * 101, "bad_format"),
        (b"[" * 1_000_000, "bad_format"),
        (b"[" * 200 + b'"' * 100_001, "bad_format"),
        (b'{"a": 1, "a": 2}', "bad_value"),
        (b'{"b": {"a": 1, "a": 1}}', "bad_value"),
        (b"[NaN]", "bad_value"),
        (b"[-Infinity]", "bad_value"),
        (rb'["\ud800"]', "bad_value"),
        (rb'{"\uDFFF": 1}', "bad_value"),
    ],
)
def test_loads_when_not_strict_json_is_refused(bad, code):
    with pytest.raises(InputError) as refused:
        loads(bad)
    assert refused.value.code == code
    assert "\n" not in refused.value.message


def test_loads_when_nested_to_the_limit_is_read():
    assert loads(b"[" * 100 + b"]" * 100)


def test_loads_when_brackets_are_in_text_counts_them_not():
    text = "[" * 500 + '"' + "\\"
    assert loads(dumps([text])) == [text]


def test_loads_when_a_surrogate_pair_is_escaped_reads_it():
    assert loads(rb'["\ud83d\ude00"]') == ["\U0001f600"]


@given(st.binary(max_size=40))
def test_loads_when_any_bytes_refuses_or_reads_them(data):
    try:
        value = loads(data)
    except InputError:
        return
    assert loads(dumps(value)) == value


def test_dumps_when_a_decimal_writes_its_plain_literal():
    assert dumps([Decimal("1E+3"), Decimal("0.10")]) == b"[1000,0.1]"


def test_dumps_when_not_json_is_refused():
    with pytest.raises(TypeError):
        dumps([object()])
