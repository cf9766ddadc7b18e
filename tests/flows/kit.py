"""Flows run in this process over a small synthetic world, and what they should have said."""

from contextlib import ExitStack, closing
from pathlib import Path

from bytewax.testing import run_main

from connectors.journal import JournalReader, records
from connectors.log.abstract import Log
from connectors.synthetic.world import World
from flows.demo.feed import Feed, InputFiles
from flows.options import FlowSettings
from flows.outlet import part_name
from flows.risk import risk_flow
from flows.sequence import sequence_flow
from flows.stopping import Stop
from flows.topics import ensure_topics
from rules.finish import Finisher
from rules.reference.engine import ReferenceEngine
from rules.ruleset import load_ruleset
from schemas.ids import key_group
from schemas.topics import DEAD_LETTERS, DECISION_TOPICS, JOURNAL

Records = dict[str, list[bytes]]
DECISIONS = sorted(set(DECISION_TOPICS.values()))


def settings(files: InputFiles, **given) -> FlowSettings:
    """Settings of flows that judge a recording: no clock of their own, no kernels to wait for."""
    usual = {
        "clock_ms": 0,
        "key_groups": 2,
        "engine": "reference",
        "data_dir": files.instruments.parent / "data",
    }
    return FlowSettings(instruments=files.instruments, rulesets=files.rulesets, **usual | given)


def feed(
    log: Log, folder: Path, *, seed: int = 7, accounts: int = 60, minutes: float = 0.1
) -> InputFiles:
    """Write a world into the topics and into files, at once."""
    world = World(seed, accounts, minutes, bad_inputs=0.01)
    ensure_topics(log, 1)
    with ExitStack() as stack:
        files = InputFiles.write(folder / "files", world.instruments)
        player = Feed(log, world.instruments, files, stack)
        for batch in world.batches():
            player.play(batch, lambda _: None)
        player.flush()
    return files


def drained() -> Stop:
    """The wish to end when there is nothing left to read."""
    stop = Stop()
    stop.drained = True
    return stop


def run(wire, log: Log, given: FlowSettings) -> None:
    """Run a flow over what there is."""
    with ExitStack() as stack:
        run_main(wire(log, given, drained(), stack))


def sequence(log: Log, given: FlowSettings) -> None:
    """Run the sequence flow over what there is."""
    run(sequence_flow, log, given)


def decide(log: Log, given: FlowSettings) -> None:
    """Run the risk flow over what there is."""
    run(risk_flow, log, given)


def values(log: Log, topic: str, partition: int = 0) -> list[bytes]:
    """All values of a partition."""
    return [record.value for record in records(log, topic, partition)]


def outputs(log: Log) -> Records:
    """What the risk flow wrote, by partition."""
    parts = [(topic, part) for topic in DECISIONS for part in range(log.partitions(topic))]
    return {part_name(*part): values(log, *part) for part in [*parts, (DEAD_LETTERS, 1)]}


def expected(log: Log, partitions: int = 1) -> Records:
    """The decisions of the journal by one engine without any flow, by partition."""
    found: Records = {part_name(t, p): [] for t in DECISIONS for p in range(partitions)}
    finisher = Finisher()
    engine = None
    with closing(JournalReader(log)) as reader:
        for entry in reader.rest():
            if engine is None:
                rulesets = [load_ruleset(document) for document in entry.genesis.rulesets]
                engine = ReferenceEngine(entry.genesis.instruments, rulesets)
            finished, _ = finisher.add([engine.process(entry.frame)], entry.frame.end)
            for item in finished:
                topic = DECISION_TOPICS[item.decision["type"]]
                partition = key_group(item.decision["account_id"], partitions)
                found[part_name(topic, partition)].append(item.line)
    return found


def copy_topic(source: Log, target: Log, topic: str = JOURNAL) -> None:
    """Append every record of a topic to the same topic of another log."""
    extend_topic(source, target, None, topic)


def extend_topic(source: Log, target: Log, end: int | None = None, topic: str = JOURNAL) -> None:
    """Append the records that the topic of another log lacks, up to the offset `end`."""
    there = target.end_offset(topic)
    with closing(target.writer(topic)) as writer:
        for record in records(source, topic):
            if there <= record.offset and (end is None or record.offset < end):
                writer.append(record.value, record.key, record.headers)
        writer.flush()
