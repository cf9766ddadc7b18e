"""Rows into a file: JSON Lines, CSV or Parquet, which of them its name says."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import IO, Any

import orjson
import pyarrow as pa
from pyarrow import parquet

from flows.failures import Failure
from sinks.archive import Column

FORMS = (".jsonl", ".csv", ".parquet")
_ROWS = 10_000
_JSON = "content"


def write_file(path: Path, columns: list[Column], rows: Iterable[Sequence[Any]]) -> int:
    """Write rows; return how many there were. What is there already is replaced when all is done.

    Raises:
        Failure: the name says no form, or the file cannot be written.
    """
    writer = {".jsonl": _lines, ".csv": _csv, ".parquet": _parquet}.get(path.suffix)
    if writer is None:
        raise Failure(f"{path}: must end with {', '.join(FORMS)}")
    fresh = path.with_name(path.name + ".new")
    try:
        with fresh.open("wb") as file:
            count = writer(file, columns, rows)
        fresh.replace(path)
    except OSError as error:
        fresh.unlink(missing_ok=True)
        reason = (error.strerror or "").lower()
        raise Failure(f"{path}: cannot be written: {reason}") from None
    return count


def _lines(file: IO[bytes], columns: list[Column], rows: Iterable[Sequence[Any]]) -> int:
    names = [column.name for column in columns]
    count = 0
    for row in rows:
        record = dict(zip(names, row, strict=True))
        if record.get(_JSON) is not None:
            record[_JSON] = orjson.Fragment(record[_JSON])
        file.write(orjson.dumps(record) + b"\n")
        count += 1
    return count


def _csv(file: IO[bytes], columns: list[Column], rows: Iterable[Sequence[Any]]) -> int:
    text = io.TextIOWrapper(file, encoding="utf-8", newline="", write_through=True)
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(column.name for column in columns)
    count = 0
    for row in rows:
        writer.writerow(row)
        count += 1
    text.flush()
    text.detach()
    return count


def _parquet(file: IO[bytes], columns: list[Column], rows: Iterable[Sequence[Any]]) -> int:
    kinds = {"text": pa.string(), "integer": pa.int64()}
    schema = pa.schema([(column.name, kinds[column.kind]) for column in columns])
    count = 0
    with parquet.ParquetWriter(file, schema, compression="zstd") as writer:
        for part in _parts(iter(rows)):
            arrays = [
                pa.array(values, schema.field(at).type)
                for at, values in enumerate(zip(*part, strict=True))
            ]
            writer.write_table(pa.Table.from_arrays(arrays, schema=schema))
            count += len(part)
    return count


def _parts(rows: Iterator[Sequence[Any]]) -> Iterator[list[Sequence[Any]]]:
    while part := list(islice(rows, _ROWS)):
        yield part
