r"""The bytes of one record in the local log.

    marker      4   b"\xf7HWR": where a search for the next record may begin
    checksum    4   CRC-32 of everything after it, started from the segment's salt
    size        4   bytes after this head
    key         4   length of the key plus one, 0 for no key
    headers     4   length of the headers
    offset      8
    timestamp   8   milliseconds since the Unix epoch
    key, headers, value

All little-endian. The salt is random per segment: bytes inside a value, or left over from another
file, cannot pass for a record of this segment. A header is two lengths, its name and its value.
"""

import struct
import zlib

from connectors.log.abstract import MAX_RECORD_BYTES, Headers, Record

MARKER = b"\xf7HWR"
HEAD_BYTES = 36
LARGEST = HEAD_BYTES + MAX_RECORD_BYTES

_SEAL = struct.Struct("<4sI")
_REST = struct.Struct("<IIIQq")
_HEAD = struct.Struct("<4sIIIIQq")
_HEADER = struct.Struct("<II")


def encode(
    salt: int,
    offset: int,
    timestamp_ms: int,
    value: bytes,
    *,
    key: bytes | None,
    headers: Headers,
) -> bytes:
    """Return the record's bytes."""
    named = b"" if headers == () else _encode_headers(headers)
    size = len(value) + len(named)
    if key is None:
        front = _REST.pack(size, 0, len(named), offset, timestamp_ms) + named
    else:
        size += len(key)
        front = _REST.pack(size, len(key) + 1, len(named), offset, timestamp_ms) + key + named
    checksum = zlib.crc32(value, zlib.crc32(front, salt))
    return b"".join((_SEAL.pack(MARKER, checksum), front, value))


def decode(
    data: bytes, at: int, salt: int, offset: int, max_records: int
) -> tuple[list[Record], int]:
    """Return the whole records from `at` on, the first being `offset`, and where they end.

    Stops before the first bytes that are not such a record, be they missing or wrong: only the
    caller can tell which.
    """
    records: list[Record] = []
    end = len(data)
    view = memoryview(data)
    while len(records) < max_records and at + HEAD_BYTES <= end:
        marker, checksum, size, key_code, named, number, timestamp_ms = _HEAD.unpack_from(data, at)
        stop = at + HEAD_BYTES + size
        if marker != MARKER or number != offset or stop > end:
            break
        if zlib.crc32(view[at + 8 : stop], salt) != checksum:
            break
        start = at + HEAD_BYTES
        key = None
        if key_code:
            key = data[start : start + key_code - 1]
            start += key_code - 1
        headers = _decode_headers(data, start, start + named) if named else ()
        records.append(Record(offset, key, data[start + named : stop], headers, timestamp_ms))
        offset += 1
        at = stop
    return records, at


def claim(data: bytes, at: int) -> tuple[int, int] | None:
    """Return offset and length of the record that the bytes at `at` claim to begin."""
    if at + HEAD_BYTES > len(data):
        return None
    marker, _, size, _, _, offset, _ = _HEAD.unpack_from(data, at)
    if marker != MARKER or size > MAX_RECORD_BYTES:
        return None
    return offset, HEAD_BYTES + size


def sound(record: bytes | memoryview, salt: int) -> bool:
    """Say whether the checksum of these bytes, a claimed record, is right."""
    checksum: int = _HEAD.unpack_from(record)[1]
    return zlib.crc32(record[8:], salt) == checksum


def _encode_headers(headers: Headers) -> bytes:
    parts: list[bytes] = []
    for name, value in headers:
        encoded = name.encode()
        parts += (_HEADER.pack(len(encoded), len(value)), encoded, value)
    return b"".join(parts)


def _decode_headers(data: bytes, at: int, stop: int) -> tuple[tuple[str, bytes], ...]:
    headers: list[tuple[str, bytes]] = []
    while at < stop:
        name_bytes, value_bytes = _HEADER.unpack_from(data, at)
        at += _HEADER.size
        middle = at + name_bytes
        headers.append((data[at:middle].decode(), data[middle : middle + value_bytes]))
        at = middle + value_bytes
    return tuple(headers)
