"""What may become a tick: limits at −1, 0 and +1 of their last digit."""

from decimal import Decimal

import pytest

from connectors.feeds.gate import Gate, KeptBack, Limits
from connectors.feeds.quotes import Quote
from schemas.errors import InputError

NOW = 1_700_000_000_000


def quote(bid, ask=None, at=NOW, seen=NOW, symbol="X"):
    return Quote(symbol, bid, bid if ask is None else ask, None, at, seen)


def outcomes(gate, *quotes):
    """Rules or codes of those kept back, `None` for those let through."""
    found = []
    for one in quotes:
        try:
            gate.check(one)
        except InputError as error:
            found.append(error.rule if isinstance(error, KeptBack) else error.code)
        else:
            found.append(None)
    return found


def gate(max_age_ms=1000, max_jump="0.1", confirm=3):
    return Gate(Limits(max_age_ms, Decimal(max_jump), confirm))


@pytest.mark.parametrize(("age", "code"), [(999, None), (1000, None), (1001, "stale")])
def test_gate_when_a_quote_has_an_age_compares_it_with_what_is_allowed(age, code):
    assert outcomes(gate(), quote("100", at=NOW - age)) == [code]


def test_gate_when_a_price_was_asked_for_takes_it_however_long_ago_it_changed():
    asked = quote("100", at=NOW - 86_400_000)._replace(current=True)
    older = quote("100", at=NOW - 86_400_001)._replace(current=True)
    assert outcomes(gate(), asked, older, quote("101")) == [None, "stale", None]


@pytest.mark.parametrize(("later", "code"), [(-1, "stale"), (0, None), (1, None)])
def test_gate_when_a_quote_is_before_the_last_keeps_it_back(later, code):
    assert outcomes(gate(), quote("100"), quote("101", at=NOW + later)) == [None, code]


@pytest.mark.parametrize(
    ("price", "code"),
    [("110", None), ("110.01", "spike"), ("90", None), ("89.99", "spike"), ("100", None)],
)
def test_gate_when_a_price_jumps_compares_it_exactly(price, code):
    assert outcomes(gate(), quote("100"), quote(price)) == [None, code]


def test_gate_when_so_many_agree_believes_them():
    told = [quote("100"), quote("150"), quote("151"), quote("152"), quote("153")]
    assert outcomes(gate(), *told) == [None, "spike", "spike", None, None]


def test_gate_when_spikes_disagree_counts_anew():
    told = [quote("100"), quote("150"), quote("200"), quote("150"), quote("151"), quote("101")]
    assert outcomes(gate(), *told) == [None, "spike", "spike", "spike", "spike", None]


def test_gate_when_a_spike_goes_back_forgets_it():
    told = [quote("100"), quote("150"), quote("150"), quote("100"), quote("150"), quote("150")]
    assert outcomes(gate(), *told) == [None, "spike", "spike", None, "spike", "spike"]


def test_gate_when_jumps_are_of_no_interest_lets_all_through():
    assert outcomes(gate(max_jump="0"), quote("1"), quote("1000"), quote("2")) == [None] * 3


def test_gate_when_instruments_differ_judges_each_by_itself():
    told = [quote("100"), quote("7", symbol="Y"), quote("101"), quote("7.1", symbol="Y")]
    assert outcomes(gate(), *told) == [None] * 4


@pytest.mark.parametrize(
    ("bid", "ask", "code", "path"),
    [
        (None, "1", "bad_value", "bid"),
        ("1", None, "bad_value", "ask"),
        ("x", "1", "bad_value", "bid"),
        ("0", "1", "bad_value", "bid"),
        ("2", "1", "crossed", "bid"),
    ],
)
def test_gate_when_it_is_no_tick_says_what_is_wrong(bid, ask, code, path):
    with pytest.raises(InputError) as raised:
        gate().check(Quote("X", bid, ask, None, NOW, NOW))
    assert (raised.value.code, raised.value.path) == (code, path)
