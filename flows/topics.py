"""The topics the flows need, made where they are missing."""

from typing import NamedTuple

from connectors.log.abstract import Log, UnknownTopic
from connectors.log.kafka_lease import SETTINGS as LEASE_SETTINGS
from flows.logging import get_logger
from schemas.topics import DEAD_LETTERS, LEASES, REFUSALS, TICKS, TOPICS, Topic

WEEK_MS = 7 * 86_400_000


class Wanted(NamedTuple):
    """How a topic is to be made: `settings` are Kafka's; a directory keeps everything."""

    name: str
    partitions: int
    settings: dict[str, str]


def wanted_topics(output_partitions: int) -> list[Wanted]:
    """Return every topic as it should be.

    Everything is kept for ever but ticks, which the journal holds as well, and leases, of which
    only the newest count.
    """
    return [
        Wanted(topic.name, _partitions(topic, output_partitions), _settings(topic))
        for topic in TOPICS
    ]


def ensure_topics(log: Log, output_partitions: int) -> list[str]:
    """Create the topics that do not exist and name them; those that do keep their partitions.

    Raises:
        LogError: the log does not answer, or refuses.
    """
    logger = get_logger()
    made = []
    for topic in wanted_topics(output_partitions):
        try:
            log.partitions(topic.name)
        except UnknownTopic:
            log.create(topic.name, topic.partitions, topic.settings)
            logger.info("topic.created", topic=topic.name, partitions=topic.partitions)
            made.append(topic.name)
    return made


def _partitions(topic: Topic, output_partitions: int) -> int:
    if topic.name == DEAD_LETTERS:
        return 1 + output_partitions  # the sequencer's, and those of entries accounts refused
    return output_partitions if topic.direction == "out" or topic.name == REFUSALS else 1


def _settings(topic: Topic) -> dict[str, str]:
    if topic.name == LEASES:
        return dict(LEASE_SETTINGS)
    if topic.name == TICKS:
        return {"retention.ms": str(WEEK_MS), "cleanup.policy": "delete"}
    return {"retention.ms": "-1", "retention.bytes": "-1", "cleanup.policy": "delete"}
