"""Exact arithmetic on 128-bit integers, as pairs of 64-bit words that wrap.

A signed 128-bit number is (high int64, low uint64). All constants are uint64: numba turns a mixture
of signed and unsigned words into a float.
"""

from typing import Any

import numpy as np

from rules.engine.jit import inlined, kernel

_MASK = np.uint64(0xFFFFFFFF)
_HALF = np.uint64(32)
_BASE = np.uint64(1 << 32)
_ONE = np.uint64(1)
_ZERO = np.uint64(0)
_TOP = np.uint64(63)


@inlined
def multiply_words(a: Any, b: Any) -> tuple[Any, Any]:
    """Return the 128-bit product of two uint64 words as (high, low)."""
    a_low, a_high = a & _MASK, a >> _HALF
    b_low, b_high = b & _MASK, b >> _HALF
    low = a_low * b_low
    middle = a_high * b_low + (low >> _HALF)
    cross = a_low * b_high + (middle & _MASK)
    high = a_high * b_high + (middle >> _HALF) + (cross >> _HALF)
    return high, (cross << _HALF) | (low & _MASK)


@inlined
def magnitude(high: Any, low: Any) -> tuple[Any, Any, Any]:
    """Return (negative, high, low): the sign and the absolute value as two uint64 words."""
    negative = high < 0
    top, bottom = np.uint64(high), np.uint64(low)
    if negative:
        bottom = ~bottom + _ONE
        top = ~top + (_ONE if bottom == _ZERO else _ZERO)
    return negative, top, bottom


@inlined
def multiply(a: Any, b: Any) -> tuple[Any, Any]:
    """Return the signed 128-bit product of two int64 as (high int64, low uint64)."""
    high, low = multiply_words(np.uint64(a), np.uint64(b))
    if a < 0:
        high = high - np.uint64(b)
    if b < 0:
        high = high - np.uint64(a)
    return np.int64(high), low


@inlined
def add(a_high: Any, a_low: Any, b_high: Any, b_low: Any) -> tuple[Any, Any]:
    """Return the sum of two signed 128-bit numbers; it must fit."""
    low = np.uint64(a_low) + np.uint64(b_low)
    carry = _ONE if low < np.uint64(a_low) else _ZERO
    return np.int64(np.uint64(a_high) + np.uint64(b_high) + carry), low


@inlined
def scale(high: Any, low: Any, by: Any) -> tuple[Any, Any]:
    """Return a signed 128-bit number times a positive int64; it must fit 128 bits."""
    word = np.uint64(by)
    carry, bottom = multiply_words(np.uint64(low), word)
    return np.int64(np.uint64(high) * word + carry), bottom


@inlined
def _leading_zeros(word: Any) -> Any:
    count = _ZERO
    for step in (32, 16, 8, 4, 2, 1):
        if word >> np.uint64(64 - step) == _ZERO:
            count = count + np.uint64(step)
            word = word << np.uint64(step)
    return count


@inlined
def _digit(top: Any, next_digit: Any, d: Any, d_high: Any, d_low: Any) -> tuple[Any, Any]:
    # One base-2^32 digit of a long division by a normalised d: (quotient, remainder).
    quotient = top // d_high
    rest = top - quotient * d_high
    while quotient >= _BASE or quotient * d_low > ((rest << _HALF) | next_digit):
        quotient = quotient - _ONE
        rest = rest + d_high
        if rest >= _BASE:
            break
    return quotient, (top << _HALF) + next_digit - quotient * d


@inlined
def divide_words(high: Any, low: Any, d: Any) -> tuple[Any, Any]:
    """Return (quotient, remainder) of an unsigned 128-bit number by a uint64; needs high < d."""
    if high == _ZERO:
        return low // d, low % d
    shift = _leading_zeros(d)
    d = d << shift
    if shift > _ZERO:
        high = (high << shift) | (low >> (_TOP - shift + _ONE))
        low = low << shift
    d_high, d_low = d >> _HALF, d & _MASK
    first, rest = _digit(high, low >> _HALF, d, d_high, d_low)
    second, rest = _digit(rest, low & _MASK, d, d_high, d_low)
    return (first << _HALF) + second, rest >> shift


@inlined
def round_half_even(quotient: Any, rest: Any, d: Any) -> Any:
    """Round quotient + rest / d, all uint64 and rest < d, half to even."""
    other = d - rest
    if rest > other or (rest == other and (quotient & _ONE) == _ONE):
        quotient = quotient + _ONE
    return quotient


@inlined
def divide(high: Any, low: Any, d: Any) -> Any:
    """Return a signed 128-bit number over a positive int64, half-even; it must fit int64."""
    negative, top, bottom = magnitude(high, low)
    word = np.uint64(d)
    quotient, rest = divide_words(top, bottom, word)
    result = np.int64(round_half_even(quotient, rest, word))
    return -result if negative else result


@inlined
def divide_narrow(n: Any, d: Any) -> Any:
    """Return int64 n over a positive int64 d, rounded half-even."""
    negative = n < 0
    word = np.uint64(-n) if negative else np.uint64(n)
    by = np.uint64(d)
    quotient = word // by
    result = np.int64(round_half_even(quotient, word - quotient * by, by))
    return -result if negative else result


@inlined
def share(amount: Any, numerator: Any, denominator: Any) -> Any:
    """Return round_half_even(amount * numerator / denominator) for int64, numerator >= 0."""
    high, low = multiply(amount, numerator)
    return divide(high, low, denominator)


@inlined
def share_down(amount: Any, numerator: Any, denominator: Any) -> Any:
    """Return floor(amount * numerator / denominator) for amount, numerator >= 0."""
    high, low = multiply_words(np.uint64(amount), np.uint64(numerator))
    quotient, _ = divide_words(high, low, np.uint64(denominator))
    return np.int64(quotient)


# Entry points for tests.
@kernel
def check_multiply(a: Any, b: Any) -> Any:
    """Return `multiply` for the tests."""
    return multiply(a, b)


@kernel
def check_divide(high: Any, low: Any, by: Any, d: Any) -> Any:
    """Return round_half_even(((high, low) * by) / d) for the tests."""
    top, bottom = scale(high, low, by)
    return divide(top, bottom, d)


@kernel
def check_share(amount: Any, numerator: Any, denominator: Any) -> Any:
    """Return `share` and, for a positive amount, `share_down` for the tests."""
    down = np.int64(0)
    if amount >= 0:
        down = share_down(amount, numerator, denominator)
    return share(amount, numerator, denominator), divide_narrow(amount, denominator), down
