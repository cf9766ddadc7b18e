from typing import get_args

from schemas.decisions import DECISION_MODELS
from schemas.events import EVENT_MODELS
from schemas.topics import DECISION_TOPICS, TOPICS, TopicName


def test_topics_when_listed_are_all_that_have_names():
    assert [topic.name for topic in TOPICS] == list(get_args(TopicName))


def test_decisions_when_written_each_have_one_topic():
    assert DECISION_TOPICS.keys() == DECISION_MODELS.keys()


def test_events_when_read_each_have_one_topic():
    payloads = [payload for topic in TOPICS for payload in topic.payloads]
    assert len(set(payloads)) == len(payloads)
    assert set(payloads) >= EVENT_MODELS.keys()
