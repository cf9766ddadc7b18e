"""128-bit arithmetic against Python's integers."""

from fractions import Fraction

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from rules.engine import wide

EDGES = [0, 1, 2, 3, 2**31, 2**32 - 1, 2**32, 2**32 + 1, 2**61, 2**62 - 1, 2**63 - 1]
WORDS = st.one_of(st.sampled_from(EDGES), st.integers(0, 2**63 - 1))
SIGNED = st.builds(lambda word, sign: word * sign, WORDS, st.sampled_from([-1, 1]))


def whole(high, low):
    return (int(high) << 64) | int(low)


@given(SIGNED, SIGNED)
@settings(deadline=None)
def test_multiply_when_any_words_is_exact(a, b):
    assert whole(*wide.check_multiply(np.int64(a), np.int64(b))) == a * b


@given(st.integers(-(2**126), 2**126), WORDS, st.integers(1, 2**61), st.integers(-3, 3))
@settings(deadline=None)
def test_divide_when_result_fits_rounds_half_even(number, by, divisor, nudge):
    by = max(by % (2**126 // (abs(number) + 4) + 1), 1)
    if abs(number) * by // divisor >= 2**61:
        number = number % max(divisor * 2**60 // by, 1)
    # Half the divisor more than a multiple is where rounding is decided.
    number += nudge
    assume(abs(number) * by // divisor < 2**61)
    got = wide.check_divide(
        np.int64(number >> 64), np.uint64(number & (2**64 - 1)), np.int64(by), np.int64(divisor)
    )
    assert int(got) == round(Fraction(number * by, divisor))


@given(st.integers(-(2**60), 2**60), st.integers(1, 2**60), st.integers(-1, 1))
@settings(deadline=None)
def test_divide_when_near_a_tie_rounds_half_even(quotient, divisor, nudge):
    number = quotient * divisor + divisor // 2 + nudge
    got = wide.check_divide(
        np.int64(number >> 64), np.uint64(number & (2**64 - 1)), np.int64(1), np.int64(divisor)
    )
    assert int(got) == round(Fraction(number, divisor))


@given(st.integers(-(2**61), 2**61), st.integers(1, 2**61), st.data())
@settings(deadline=None)
def test_share_when_at_most_one_rounds_as_python(amount, denominator, data):
    numerator = data.draw(st.integers(0, denominator))
    share, narrow, down = wide.check_share(
        np.int64(amount), np.int64(numerator), np.int64(denominator)
    )
    assert int(share) == round(Fraction(amount * numerator, denominator))
    assert int(narrow) == round(Fraction(amount, denominator))
    if amount >= 0:
        assert int(down) == amount * numerator // denominator
