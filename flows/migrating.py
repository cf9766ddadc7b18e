"""The operator's door for migrations: checked before the event is written (decision 0032)."""

import time
from collections.abc import Iterator
from contextlib import closing
from typing import NamedTuple

from connectors.journal import Entry, JournalReader
from connectors.log.abstract import Log
from flows.failures import EXIT_CHECK_FAILED, Failure
from rules.migration_check import MigrationCheck, Standing, catch_up, check_migration, engine_for
from rules.ruleset import load_ruleset
from schemas.errors import InputError
from schemas.frames import Frame
from schemas.ids import key_group
from schemas.json_text import dumps
from schemas.money import text
from schemas.topics import ACCOUNT_EVENTS

_REASON_MAX = 1000  # of the event's field, in characters


class Wish(NamedTuple):
    """What an operator asks for."""

    account_id: str
    target: str
    operator: str
    reason: str
    force: bool


def check_in_log(log: Log, wish: Wish) -> MigrationCheck:
    """Bring the account up to the end of the journal and try the migration on a copy.

    Raises:
        Failure: it is not possible; or there is no journal.
        LogError: the log does not answer.
    """
    with closing(JournalReader(log)) as reader:
        entries = reader.rest()
        first = next(entries, None)
        if first is None or first.genesis is None:
            raise Failure("the journal is empty: no account was ever opened", EXIT_CHECK_FAILED)
        rulesets = [load_ruleset(document) for document in first.genesis.rulesets]
        engine = engine_for(wish.account_id, first.genesis.instruments, rulesets)
        now = catch_up(engine, _frames(first, entries))
    try:
        return check_migration(engine, wish.account_id, wish.target, now)
    except InputError as error:
        raise Failure(f"{error.code}: {error}", EXIT_CHECK_FAILED) from None


def write_migration(log: Log, wish: Wish, check: MigrationCheck) -> None:
    """Ask for the migration, with what was found about it in the event's reason.

    Raises:
        LogError: the log does not answer, or another one is writing the topic.
    """
    now = time.time_ns()
    event = {
        "event_id": f"migrate/{wish.account_id}/{now}",
        "type": "account.overridden",
        "ts": str(now),
        "account_id": wish.account_id,
        "action": "migrate",
        "operator": wish.operator,
        "reason": noted_reason(wish, check),
        "ruleset": wish.target,
    }
    partition = key_group(wish.account_id, log.partitions(ACCOUNT_EVENTS))
    with closing(log.writer(ACCOUNT_EVENTS, partition)) as writer:
        writer.append(dumps(event), wish.account_id.encode())
        writer.flush()


def noted_reason(wish: Wish, check: MigrationCheck) -> str:
    """Return the operator's reason with the floors before and after, and what was forced."""
    parts = [wish.reason, f"floors {_floors(check.before)} → {_floors(check.after)}"]
    if check.tightens:
        parts.append(f"forced: {'; '.join(change.words for change in check.tightens)}")
    noted = " | ".join(parts)
    return noted if len(noted) <= _REASON_MAX else f"{noted[: _REASON_MAX - 1]}…"


def check_lines(check: MigrationCheck) -> Iterator[str]:
    """Say what the migration does to the account."""
    yield f"{check.account_id}: {check.source} → {check.target}, phase {check.phase}"
    for name in check.before | check.after:
        before, after = check.before.get(name), check.after.get(name)
        yield f"  floor of `{name}`: {_standing(before)} → {_standing(after)}"
    for change in check.changes:
        yield f"  {change.effect:8}{change.words}"
    for name in check.breaches:
        yield f"  it would breach `{name}` at once"


def _frames(first: Entry, rest: Iterator[Entry]) -> Iterator[Frame]:
    yield first.frame
    yield from (entry.frame for entry in rest)


def _floors(standings: dict[str, Standing]) -> str:
    shown = (f"{name} {text(standing.floor)}" for name, standing in standings.items())
    return ", ".join(shown) or "none"


def _standing(standing: Standing | None) -> str:
    return "none" if standing is None else f"{text(standing.floor)} (room {text(standing.room)})"
