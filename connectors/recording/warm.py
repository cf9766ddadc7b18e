"""Compile the kernel once: `python -m connectors.recording.warm`, as `make setup` does.

The compiled code is cached on disk, so that the first recording read need not wait for it.
"""

from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
import pyarrow.parquet as pq

from connectors.recording.listing import Listing
from connectors.recording.open import open_recording
from schemas.instruments import InstrumentTable

_INSTRUMENT = {"symbol": "A", "base": "A", "quote": "B", "price_digits": "2", "qty_digits": "0"}
_ROW = {"ts": "2024-01-15T00:00:00Z", "symbol": "A", "bid": "1.5", "ask": "1.6"}


def warm() -> None:
    """Read one tick from CSV and one from text in Parquet."""
    listing = Listing(InstrumentTable.parse([_INSTRUMENT]))
    with TemporaryDirectory() as name:
        csv, parquet = Path(name) / "ticks.csv", Path(name) / "ticks.parquet"
        csv.write_text("\n".join([",".join(_ROW), ",".join(_ROW.values())]))
        pq.write_table(pa.table({column: [value] for column, value in _ROW.items()}), parquet)
        for path in (csv, parquet):
            read = sum(len(batch.ts) for batch in open_recording(path, listing).batches())
            assert read == 1, path.suffix


if __name__ == "__main__":
    warm()
