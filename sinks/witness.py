"""How far a database was written, kept beside it: what a backup that is put back cannot know.

Rows and progress are in one transaction, so a restored database is sound, only older than what was
already read from it: payouts may have been made on rows it has no more. Nobody goes on quietly.
"""

import hashlib
import json
import os
import time
from collections.abc import Mapping
from pathlib import Path

import psycopg

Positions = Mapping[tuple[str, int], int]
_NOTE_S = 1.0


class Restored(Exception):  # noqa: N818 - named after what happened
    """The database holds less than what was written into it."""


class Witness:
    """Notes the offsets behind what was committed, in a file.

    Args:
        folder: where the file is.
        dsn: the database; its address names the file.
        log: the log it follows, likewise.
    """

    def __init__(self, folder: Path, dsn: str, log: str) -> None:
        place = psycopg.conninfo.conninfo_to_dict(dsn)
        names = [str(place.get(name, "")) for name in ("host", "port", "dbname")]
        digest = hashlib.sha256("\n".join([*names, log]).encode()).hexdigest()[:16]
        self._path = folder / f"written-{digest}.json"
        self._noted: dict[str, int] = {}
        self._noted_at = 0.0

    def check(self, positions: Positions) -> None:
        """Make sure that a database is not older than it was.

        Raises:
            Restored: it is.
        """
        for name, was in self._read().items():
            topic, _, partition = name.rpartition("/")
            at = positions.get((topic, int(partition)))
            if at is not None and at < was:
                message = (
                    f"the database is at offset {at} of {name} and was at {was}: it was restored "
                    "from an older backup; `highwater run persist --replay` writes the rest again"
                )
                raise Restored(message)

    def note(self, positions: Positions, *, now: bool = False) -> None:
        """Note what was committed, at most once a second unless it is to be `now`."""
        self._noted.update({f"{topic}/{part}": at for (topic, part), at in positions.items()})
        if now or time.monotonic() - self._noted_at >= _NOTE_S:
            self._noted_at = time.monotonic()
            self._path.parent.mkdir(parents=True, exist_ok=True)
            fresh = self._path.with_suffix(".new")
            fresh.write_text(json.dumps(self._noted), encoding="utf-8")
            os.replace(fresh, self._path)  # noqa: PTH105 - atomic, and said so

    def forget(self) -> None:
        """Begin anew, as a replay does."""
        self._noted.clear()
        self._path.unlink(missing_ok=True)

    def _read(self) -> dict[str, int]:
        try:
            found = json.loads(self._path.read_text(encoding="utf-8"))
        except (FileNotFoundError, json.JSONDecodeError):
            return {}
        return {str(name): int(at) for name, at in found.items()}
