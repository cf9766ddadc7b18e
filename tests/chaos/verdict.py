"""What must be true after every run, whatever happened in it."""

import json
from collections import Counter
from contextlib import closing

from connectors.journal import Entry, JournalReader, records, rejections_partition
from connectors.log.abstract import Log
from flows.demo.check import journaled
from flows.outlet import NUMBER, part_name
from schemas.dead_letters import DeadLetter
from schemas.topics import ACCOUNT_EVENTS, DEAD_LETTERS, TICKS
from tests.flows import kit


def wrong(log: Log, partitions: int) -> list[str]:
    """Everything that is not as it must be, in words."""
    return [*_inputs(log), *_outputs(log, partitions), *_refusals(log, partitions)]


def _inputs(log):
    """Every input is in the journal, in the dead letters, or was seen before: exactly one."""
    given = log.end_offset(TICKS) + log.end_offset(ACCOUNT_EVENTS)
    known = journaled(log)
    letters = [DeadLetter.model_validate_json(line) for line in kit.values(log, DEAD_LETTERS)]
    places = Counter((one.source, one.offset) for one in letters)
    found = known.ticks + known.events - clocks(log) + len(places) + known.repeated
    if found != given:
        yield f"{given} inputs came, {found} are accounted for"
    if places.total() != known.rejected:
        yield f"{places.total()} dead letters, the journal knows of {known.rejected}"


def clocks(log):
    """How many entries the sequencer added by itself."""
    with closing(JournalReader(log)) as reader:
        return sum(
            item.event.type == "clock" for entry in reader.rest() for item in entry.frame.events
        )


def _outputs(log, partitions):
    """Every partition holds what the reference engine says, once, in order, to the byte."""
    for name, wanted in kit.expected(log, partitions).items():
        topic, _, partition = name.partition("/")
        items = list(records(log, topic, int(partition)))
        found = [item.value for item in items]
        numbers = [int(dict(item.headers)[NUMBER]) for item in items]
        if numbers != list(range(len(items))):
            lost = set(range(len(wanted))) - set(numbers)
            yield f"{name}: {len(items)} records, {len(lost)} lost, numbers not in order"
        if found != wanted:
            at = next(
                (
                    n
                    for n, pair in enumerate(zip(found, wanted, strict=False))
                    if len(set(pair)) > 1
                ),
                None,
            )
            yield f"{name}: {len(found)} records, {len(wanted)} expected, first difference: {at}"


def _refusals(log, partitions):
    """Every entry an account refused has one dead letter."""
    found = Counter(
        json.loads(line)["offset"]
        for shard in range(partitions)
        for line in kit.values(log, DEAD_LETTERS, rejections_partition(shard))
    )
    refused = set(refused_positions(log))
    if found.keys() != refused or found.total() != len(refused):
        yield f"{len(refused)} entries were refused, {found.total()} dead letters say so"


def refused_positions(log):
    from rules.reference.engine import ReferenceEngine
    from rules.ruleset import load_ruleset

    engine = None
    reader = JournalReader(log)
    for entry in reader.rest():
        if engine is None:
            engine = _engine(entry, ReferenceEngine, load_ruleset)
        for rejection in engine.process(entry.frame).rejections:
            yield rejection.position
    reader.close()


def _engine(entry: Entry, engine, load):
    return engine(entry.genesis.instruments, [load(one) for one in entry.genesis.rulesets])


__all__ = ["part_name", "wrong"]
