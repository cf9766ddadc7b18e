import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from schemas.decision_fields import DecimalText, TimeText
from schemas.decisions import DECISION_MODELS, check_decision
from schemas.instants import MAX_INSTANT, instant_text
from schemas.money import round_unit, text
from tests.schemas.samples import decision


@pytest.mark.parametrize("kind", DECISION_MODELS)
def test_decision_when_complete_is_accepted_and_nothing_else(kind):
    plain = decision(kind)
    assert check_decision(plain).model_dump(by_alias=True, exclude_unset=True) == plain
    for name in plain:
        with pytest.raises(ValidationError):
            check_decision({key: value for key, value in plain.items() if key != name})
    with pytest.raises(ValidationError):
        check_decision(plain | {"bogus": "1"})


@pytest.mark.parametrize(
    ("kind", "changes"),
    [
        ("breach", {"observed": "9500.10"}),
        ("breach", {"observed": "-0"}),
        ("breach", {"observed": "1E+3"}),
        ("breach", {"observed": 9500}),
        ("breach", {"decision_id": "A" * 32}),
        ("breach", {"ts": "2014-05-02T12:30:00.250Z"}),
        ("breach", {"ts": "2014-05-02T12:30:00+00:00"}),
        ("breach", {"seq": 0}),
        ("breach", {"ruleset": "demo"}),
        ("breach", {"ruleset_hash": "a" * 63}),
        ("state", {"to": "dead"}),
        ("intervention", {"actions": ["panic"]}),
    ],
)
def test_decision_when_a_form_is_wrong_is_refused(kind, changes):
    with pytest.raises(ValidationError):
        check_decision(decision(kind, **changes))


def pattern(annotated):
    (field,) = annotated.__metadata__
    (found,) = [item.pattern for item in field.metadata if hasattr(item, "pattern")]
    return re.compile(found)


@given(st.decimals(-(10**15), 10**15, places=9))
def test_amounts_when_written_by_us_have_the_one_form(value):
    assert pattern(DecimalText).search(text(round_unit(value)))


@pytest.mark.parametrize(
    "bad", ["", "-0", "00", "01", "1.0", "1.", ".5", "-0.0", "1e3", "+1", "1\n"]
)
def test_amounts_when_of_another_form_do_not_match(bad):
    with pytest.raises(ValidationError):
        check_decision(decision("breach", observed=bad))


@given(st.integers(0, MAX_INSTANT))
def test_times_when_written_by_us_have_the_one_form(ns):
    assert pattern(TimeText).search(instant_text(ns))
