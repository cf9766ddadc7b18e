import pickle

import pytest

from schemas.errors import CODES, BadInstant, BadValue, InputError, OverPrecise, join_path, quoted


@pytest.mark.parametrize(
    "error",
    [
        InputError("no_rate", "x", "a.b"),
        BadValue("x", "a"),
        OverPrecise("x"),
        BadInstant("x", "ts"),
    ],
)
def test_error_when_pickled_stays_the_same(error):
    """Errors cross process borders in `replay --workers`."""
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is type(error)
    assert (again.code, again.message, again.path) == (error.code, error.message, error.path)


def test_error_when_shown_starts_with_its_path():
    assert str(BadValue("must be text", "rules.0.pct")) == "rules.0.pct: must be text"
    assert str(BadValue("must be text")) == "must be text"


def test_under_when_given_a_prefix_keeps_code_and_message():
    moved = OverPrecise("too many", "amount").under("events.3")
    assert (moved.code, moved.path) == ("over_precise", "events.3.amount")


def test_join_path_when_parts_are_empty_leaves_them_out():
    assert join_path("", "a", 0, "b") == "a.0.b"


def test_quoted_when_long_cuts():
    assert len(quoted("x" * 1000)) == 60
    assert quoted(10**5000) == "<int>"


def test_codes_when_listed_are_the_contracts():
    assert {"crossed", "over_precise", "unknown_type", "bad_format"} <= set(CODES)
    assert len(CODES) == 16
