import hashlib
from decimal import Decimal

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from schemas.canonical import canonical_bytes, content_hash
from schemas.json_text import Number

integers = st.integers(-(2**53) + 1, 2**53 - 1)
texts = st.text(st.characters(exclude_categories=["Cs"]))
# Keys on both sides of the surrogates, where the orders of UTF-8 and of UTF-16 part.
odd_keys = st.sampled_from(["", "a", "é", "\ue000", "\uffff", "\U0001f600", "\U00010000", "ﬃ"])
documents = st.recursive(
    st.none() | st.booleans() | integers | texts,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(texts | odd_keys, inner, max_size=4)
    ),
    max_leaves=25,
)


@given(documents)
def test_canonical_bytes_when_in_the_domain_agree_with_rfc8785(value):
    assert canonical_bytes(value) == rfc8785.dumps(value)


@given(st.dictionaries(st.text("ab\ue000\U0001f600", max_size=3), integers))
def test_canonical_bytes_when_keys_are_in_another_order_are_the_same(value):
    assert canonical_bytes(dict(reversed(value.items()))) == canonical_bytes(value)


@pytest.mark.parametrize(
    "bad",
    [
        1.0,
        float("nan"),
        Decimal(1),
        2**53,
        -(2**53),
        b"x",
        {1: "x"},
        {None: "x"},
        {"a": [1.5]},
        {"a": {"b"}},
        "\ud800",
        {"\ud800": 1},
        object(),
    ],
)
def test_canonical_bytes_when_outside_the_domain_are_refused(bad):
    with pytest.raises(TypeError):
        canonical_bytes(bad)


def test_canonical_bytes_when_too_deep_are_refused():
    value: object = "x"
    for _ in range(101):
        value = [value]
    with pytest.raises(TypeError):
        canonical_bytes(value)


def test_canonical_bytes_when_a_number_keeps_its_text_write_text():
    assert canonical_bytes({"pct": Number("0.10")}) == b'{"pct":"0.10"}'


def test_content_hash_when_computed_is_the_sha256_of_the_bytes():
    assert content_hash({"b": 1, "a": "x"}) == hashlib.sha256(b'{"a":"x","b":1}').hexdigest()
