"""Pick the reader of a recording by what the file is."""

from pathlib import Path

from connectors.bad_file import BadFile
from connectors.files import ByteSource
from connectors.recording.batch import TickFile
from connectors.recording.csv_file import CsvTicks
from connectors.recording.listing import Listing
from connectors.recording.parquet_file import ParquetTicks

_PARQUET = (".parquet", ".pq")
_MAGIC = b"PAR1"


def open_recording(path: Path, listing: Listing) -> TickFile:
    """Open a recording: Parquet by its name or first bytes, anything else as CSV.

    Raises:
        BadFile: it cannot be read as what it is.
    """
    if path.suffix.lower() in _PARQUET or _starts_as_parquet(path):
        if not path.is_file():
            raise BadFile(str(path), "cannot be read: no such file, and Parquet needs a real one")
        return ParquetTicks(path, listing)
    return CsvTicks(ByteSource(path), listing)


def _starts_as_parquet(path: Path) -> bool:
    if not path.is_file():
        return False
    try:
        with path.open("rb") as handle:
            return handle.read(len(_MAGIC)) == _MAGIC
    except OSError as error:
        raise BadFile(str(path), f"cannot be read: {(error.strerror or '').lower()}") from None
