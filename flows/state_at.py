"""The state of all shards at one record of the journal, from their bases."""

from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from connectors.journal import JournalReader
from connectors.log.abstract import Log, LogError
from flows.failures import EXIT_CHECK_FAILED, Failure
from flows.manifest import BadBase, manifests, restored
from flows.run import exit_code
from flows.state_hash import add, state_hash
from rules.reference.engine import ReferenceEngine
from schemas.topics import JOURNAL


class Hashes(NamedTuple):
    """What the accounts of each shard hash to, and all of them together."""

    shards: dict[int, int]
    accounts: int
    record: int
    total: int


def hashes(log: Log, folder: Path, record: int | None = None) -> Hashes:
    """Take every base of a folder to a record of the journal (its end) and hash the accounts.

    Raises:
        Failure: a base cannot be used, or the log does not answer.
    """
    try:
        return _hashes(log, folder, record)
    except BadBase as error:
        raise Failure(str(error), EXIT_CHECK_FAILED) from None
    except LogError as error:
        raise Failure(str(error), exit_code(error)) from None


def _hashes(log: Log, folder: Path, record: int | None) -> Hashes:
    end = log.end_offset(JOURNAL) if record is None else record
    found: dict[int, int] = {}
    accounts = 0
    for told in manifests(folder):
        base = restored(folder, told)
        shard = base.shard
        if shard is None:
            continue  # nothing was decided yet
        with closing(JournalReader(log, base.place)) as reader:
            while reader.next_offset < end:
                for entry in reader.read(0.5):
                    if entry.offset < end:
                        shard.evaluate(entry)
        engine = shard.engine
        assert isinstance(engine, ReferenceEngine), "both engines are"
        engine.finish(0, 1, final_progress=True)  # brings every account up to date
        found[told["shard"]] = state_hash(engine.accounts)
        accounts += len(engine.accounts)
    return Hashes(found, accounts, end, add(found.values()))
