"""Balances the books of a demo: what went in, what came out, and what an independent replay says.

The replay reads the files that were written beside the topics, merges them by itself and decides
anew, in processes of its own: no byte of the journal or of a decision is used twice.
"""

import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import orjson

from connectors.journal import SEQUENCER_PARTITION, JournalReader, records, rejections_partition
from connectors.log.abstract import Log
from flows.demo.feed import InputFiles
from flows.failures import EXIT_CHECK_FAILED, Failure
from schemas.topics import DEAD_LETTERS, DECISION_TOPICS
from sinks.postgres import row_counts

_MAIN = "from flows.cli import main; main()"
_TABLES = {
    "breach": "breaches",
    "phase.passed": "phases_passed",
    "state": "state_changes",
    "warning": "warnings",
    "intervention": "interventions",
}
_PAUSE_S = 0.05
_LETTER_PARTITIONS: Sequence[int] = (SEQUENCER_PARTITION, rejections_partition(0))


class Check(NamedTuple):
    """One equation: its name, both sides in words, and whether they are equal."""

    name: str
    sides: str
    holds: bool


class Journaled(NamedTuple):
    """What the journal says about its inputs."""

    ticks: int
    events: int
    rejected: int
    repeated: int


def journaled(log: Log) -> Journaled:
    """Read the whole journal; that it is contiguous is checked on the way."""
    ticks = events = rejected = repeated = 0
    with closing(JournalReader(log)) as reader:
        for entry in reader.rest():
            ticks += len(entry.frame.tick_at)
            events += len(entry.frame.events)
            rejected += entry.rejected
            repeated += entry.repeated
    return Journaled(ticks, events, rejected, repeated)


def values(log: Log, topic: str, partition: int = 0) -> list[bytes]:
    """Return all records of a partition."""
    return [record.value for record in records(log, topic, partition)]


def replay(
    files: InputFiles, folder: Path, progress: str, meanwhile: Callable[[], None]
) -> tuple[Path, Path]:
    """Run `highwater replay` over the files; return its decisions and its dead letters.

    Raises:
        Failure: it failed.
    """
    decisions, letters = folder / "decisions.jsonl", folder / "dead-letters.jsonl"
    command = [sys.executable, "-c", _MAIN, *replay_command(files, progress)]
    command += ["--out", str(decisions), "--dead-letters", str(letters), "--workers", "2"]
    with subprocess.Popen(  # noqa: S603 - our own program
        command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    ) as process:
        while process.poll() is None:
            meanwhile()
            time.sleep(_PAUSE_S)
        assert process.stderr is not None, "it is piped"
        said = process.stderr.read().decode(errors="replace").strip().splitlines()
    if process.returncode:
        raise Failure(f"the replay failed: {said[-1] if said else ''}", EXIT_CHECK_FAILED)
    return decisions, letters


def replay_command(files: InputFiles, progress: str) -> list[str]:
    """Return the arguments of the replay of these files."""
    return [
        "replay",
        f"--instruments={files.instruments}",
        f"--rulesets={files.rulesets}",
        f"--ticks={files.ticks}",
        f"--events={files.events}",
        f"--progress={progress}",
    ]


def check_inputs(fed: int, known: Journaled, log: Log) -> list[Check]:
    """Check that every input is in the journal, in the dead letters, or was there before."""
    accepted = known.ticks + known.events
    letters = len(values(log, DEAD_LETTERS, SEQUENCER_PARTITION))
    return [
        Check(
            "inputs",
            f"{accepted:,} in the journal + {letters:,} dead letters + {known.repeated:,} repeated"
            f" = {fed:,} fed",
            accepted + letters + known.repeated == fed and letters == known.rejected,
        )
    ]


def check_replay(log: Log, decisions: Path, letters: Path) -> list[Check]:
    """Check that the replay decided the same, byte by byte, but for the progress it ends with."""
    again: dict[str, list[bytes]] = {}
    for line in decisions.read_bytes().splitlines():
        again.setdefault(DECISION_TOPICS[orjson.loads(line)["type"]], []).append(line)
    same = True
    count = 0
    for topic in sorted(set(DECISION_TOPICS.values())):
        live = values(log, topic)
        count += len(live)
        same = same and _equal_but_for_the_end(live, again.get(topic, []))
    refused = sum(len(values(log, DEAD_LETTERS, part)) for part in _LETTER_PARTITIONS)
    refused_again = len(letters.read_bytes().splitlines())
    return [
        Check("replay", f"{count:,} decisions, the same bytes from the files", same),
        Check(
            "refused",
            f"{refused:,} dead letters = {refused_again:,} in the replay",
            refused == refused_again,
        ),
    ]


# A replay ends with the progress of every account, beside whatever its last input decided.
def _equal_but_for_the_end(live: list[bytes], again: list[bytes]) -> bool:
    if live == again:
        return True
    remaining = iter(live)
    expected = next(remaining, None)
    extra = []
    for line in again:
        if line == expected:
            expected = next(remaining, None)
        else:
            extra.append(orjson.loads(line))
    last = orjson.loads(again[-1])["seq"] if again else 0
    return expected is None and all(
        one["type"] == "progress" and one["seq"] == last for one in extra
    )


def check_database(log: Log, dsn: str, decisions: Path) -> list[Check]:
    """Check that Postgres holds what the topics hold, and the replay says."""
    live = Counter(
        orjson.loads(value)["type"]
        for topic in sorted(set(DECISION_TOPICS.values()))
        for value in values(log, topic)
    )
    again = Counter(orjson.loads(line)["type"] for line in decisions.read_bytes().splitlines())
    counts = row_counts(dsn)
    rows = {kind: counts[table] for kind, table in _TABLES.items()}
    breaches = (live["breach"], rows["breach"], again["breach"])
    others = [kind for kind in _TABLES if kind != "breach"]
    return [
        Check(
            "breaches",
            f"{breaches[0]:,} in the log = {breaches[1]:,} in Postgres = {breaches[2]:,} replayed",
            len(set(breaches)) == 1,
        ),
        Check(
            "rows",
            ", ".join(f"{rows[kind]:,} {_TABLES[kind].replace('_', ' ')}" for kind in others),
            all(rows[kind] == live[kind] for kind in others),
        ),
    ]
