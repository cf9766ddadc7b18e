"""The topics the flows need, made where they are missing."""

from connectors.log.abstract import Log, UnknownTopic
from flows.logging import get_logger
from schemas.topics import DEAD_LETTERS, TOPICS, TopicName


def ensure_topics(log: Log, output_partitions: int) -> None:
    """Create the topics that do not exist; those that do keep their partitions.

    Raises:
        LogError: the log does not answer, or refuses.
    """
    logger = get_logger()
    for topic in TOPICS:
        partitions = _partitions(topic.name, topic.direction, output_partitions)
        try:
            log.partitions(topic.name)
        except UnknownTopic:
            log.create(topic.name, partitions)
            logger.info("topic.created", topic=topic.name, partitions=partitions)


def _partitions(name: TopicName, direction: str, output_partitions: int) -> int:
    if name == DEAD_LETTERS:
        return 2  # the sequencer's, and those of entries their accounts refused
    return output_partitions if direction == "out" else 1
