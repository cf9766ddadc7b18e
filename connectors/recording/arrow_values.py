"""Arrow columns as exact integers, in bulk, each with a mask of the rows they are sure about.

What a row's own value says wins over speed: a row that is not plainly fine is left unsure, and
``row.read_tick`` reads it from its plain value.
"""

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from connectors.recording import kernel
from connectors.recording.batch import Bools, Int32s, Int64s
from connectors.recording.listing import Listing
from schemas.instants import MAX_INSTANT, MIN_INSTANT

Values = tuple[Int64s, Bools]
_PER_SECOND = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
_POWERS = np.array([10**power for power in range(19)], np.int64)
_PRICE_LIMIT = 10**10
_SURE_FLOAT = 2.0**50  # above it a double has too few bits left to tell where a half is


def instants(column: Any) -> Values:
    """Read times: ``timestamp`` with a zone, integer ns or text."""
    if is_text(column.type):
        return _texts(column, 0, np.zeros(len(column), np.int64))
    sure = _valid(column)
    per_unit = 1
    if pa.types.is_timestamp(column.type):
        per_unit = 10**9 // _PER_SECOND[column.type.unit]
        column = column.cast(pa.int64())
    elif pa.types.is_unsigned_integer(column.type):
        sure &= _true(pc.less_equal(column, MAX_INSTANT))
        column = column.cast(pa.int64(), safe=False)
    values = _integers(column)
    sure &= (values >= MIN_INSTANT) & (values <= MAX_INSTANT // per_unit)
    return np.where(sure, values, 0) * per_unit, sure


def symbols(column: Any, listing: Listing) -> tuple[Int32s, Bools]:
    """Read symbols as the numbers of their instruments."""
    if not pa.types.is_dictionary(column.type):
        column = column.dictionary_encode()
    names = column.dictionary.cast(pa.binary()).to_pylist()  # as text, bad UTF-8 would raise
    ids = np.array([_id(name, listing) for name in names] or [-1], np.int32)
    codes = pc.fill_null(column.indices.cast(pa.int64()), -1).to_numpy(zero_copy_only=False)
    found = np.where(codes >= 0, ids[np.maximum(codes, 0)], -1)
    sure = found >= 0
    return np.where(sure, found, 0).astype(np.int32), sure


def prices(column: Any, digits: Int64s) -> Values:
    """Read prices in 10^-digits of each row: decimal, text, ``float64`` or integer."""
    if is_text(column.type):
        return _texts(column, 1, digits)
    if pa.types.is_floating(column.type):
        return _floats(column, digits)
    sure = _valid(column)
    scale = 0
    if pa.types.is_decimal(column.type):
        values, fits = _decimals(column)
        scale, sure = column.type.scale, sure & fits & (column.type.scale >= 0)
    else:
        values = _integers(column)
    values, scale = np.where(sure, values, 0), max(scale, 0)
    up, down = np.maximum(digits - scale, 0), np.maximum(scale - digits, 0)
    # Decimals that are there by value and not only by type are too many; row.read_tick says so.
    whole, rest = np.divmod(values, _POWERS[np.minimum(down, 18)])
    sure &= (rest == 0) & (down <= 18) & (whole > 0)
    sure &= whole < _PRICE_LIMIT * _POWERS[np.minimum(digits - up, 8)]
    return np.where(sure, whole, 0) * _POWERS[up], sure


def missing(column: Any) -> Bools:
    """Tell which rows have no value: null, or empty text."""
    absent = ~_valid(column)
    if is_text(column.type):
        absent |= _true(pc.equal(pc.binary_length(column), 0))
    return absent


def is_text(kind: Any) -> bool:
    """Tell whether a column holds text, under that name or as bare bytes."""
    types = pa.types
    return any(
        check(kind)
        for check in (
            types.is_string,
            types.is_large_string,
            types.is_binary,
            types.is_large_binary,
        )
    )


def _floats(column: Any, digits: Int64s) -> Values:
    given = pc.fill_null(column.cast(pa.float64()), 0.0).to_numpy(zero_copy_only=False)
    scaled = given * _POWERS[digits].astype(np.float64)
    with np.errstate(invalid="ignore"):
        nearest = np.rint(scaled)
        # The product is off by at most half a unit in its last place. Where that might decide
        # which way a half goes, the exact reader decides.
        doubt = np.abs(np.abs(scaled - np.floor(scaled)) - 0.5) <= np.abs(scaled) * 2.0**-50
        sure = np.isfinite(scaled) & ~doubt & (nearest >= 1) & (nearest < _SURE_FLOAT)
        sure &= given < _PRICE_LIMIT / 2
    return np.where(sure, nearest, 0).astype(np.int64), sure


def _decimals(column: Any) -> Values:
    wide = column
    if not pa.types.is_decimal128(column.type):
        precision = min(38, column.type.precision)
        try:
            wide = column.cast(pa.decimal128(precision, column.type.scale))
        except pa.ArrowInvalid:  # too large for 128 bits somewhere: no price is
            return np.zeros(len(column), np.int64), np.zeros(len(column), np.bool_)
    halves = np.frombuffer(wide.buffers()[1], np.int64)[2 * wide.offset :][: 2 * len(wide)]
    low, high = halves[0::2], halves[1::2]
    return low.copy(), high == (low >> 63)


def _texts(column: Any, kind: int, digits: Int64s) -> Values:
    sure = _valid(column)
    plain = pc.fill_null(column.cast(pa.large_binary()), b"")
    _, offsets_buffer, data = plain.buffers()
    rows = len(plain)
    offsets = np.frombuffer(offsets_buffer, np.int64)[plain.offset : plain.offset + rows + 1]
    empty = np.zeros(1, np.uint8)
    buffer = np.frombuffer(data, np.uint8) if data is not None and data.size else empty
    values = np.zeros(rows, np.int64)
    kernel.read_texts(buffer, offsets, kind, digits, values, sure)
    return values, sure


def _integers(column: Any) -> Int64s:
    filled = pc.fill_null(column.cast(pa.int64()), 0)
    return np.asarray(filled.to_numpy(zero_copy_only=False), np.int64)


def _valid(column: Any) -> Bools:
    return _true(pc.is_valid(column))


def _true(column: Any) -> Bools:
    filled = pc.fill_null(column, fill_value=False)
    return np.array(filled.to_numpy(zero_copy_only=False), np.bool_)


def _id(name: bytes | None, listing: Listing) -> int:
    try:
        return -1 if name is None else listing.ids.get(name.decode(), -1)
    except UnicodeDecodeError:
        return -1
