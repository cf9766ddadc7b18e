"""Names of the topics, of the log and of Kafka alike, and what they carry."""

from typing import Literal, NamedTuple

TopicName = Literal[
    "ticks",
    "account-events",
    "rulesets",
    "calendar",
    "journal",
    "refusals",
    "leases",
    "breaches",
    "account-states",
    "warnings",
    "interventions",
    "progress",
    "dead-letters",
    "checkpoints",
    "drift",
    "quarantine",
]

TICKS: TopicName = "ticks"
ACCOUNT_EVENTS: TopicName = "account-events"
RULESETS: TopicName = "rulesets"
CALENDAR: TopicName = "calendar"
JOURNAL: TopicName = "journal"
REFUSALS: TopicName = "refusals"
LEASES: TopicName = "leases"
BREACHES: TopicName = "breaches"
ACCOUNT_STATES: TopicName = "account-states"
WARNINGS: TopicName = "warnings"
INTERVENTIONS: TopicName = "interventions"
PROGRESS: TopicName = "progress"
DEAD_LETTERS: TopicName = "dead-letters"
CHECKPOINTS: TopicName = "checkpoints"
DRIFT: TopicName = "drift"
QUARANTINE: TopicName = "quarantine"


class Topic(NamedTuple):
    """One topic.

    Attributes:
        name: its name.
        key: what the key of a record is, in words; empty when there is none.
        payloads: names of the JSON schemas of its values; empty when they are not JSON.
        direction: whether others write it (`in`), read it (`out`), or neither.
        summary: what it is for.
    """

    name: TopicName
    key: str
    payloads: tuple[str, ...]
    direction: Literal["in", "out", "inner"]
    summary: str


TOPICS: tuple[Topic, ...] = (
    Topic(TICKS, "symbol", ("tick",), "in", "best bid and ask of every instrument"),
    Topic(
        ACCOUNT_EVENTS,
        "account_id",
        (
            "account.opened",
            "order.placed",
            "order.modified",
            "order.cancelled",
            "fill",
            "position.protected",
            "balance.adjusted",
            "account.overridden",
            "kyc.updated",
            "instrument.listed",
            "clock",
        ),
        "in",
        "what happened to accounts, and what the firm did",
    ),
    Topic(RULESETS, "ruleset", ("ruleset.published",), "in", "published ruleset versions"),
    Topic(CALENDAR, "", ("calendar.published",), "in", "news and holidays"),
    Topic(JOURNAL, "", (), "inner", "binary frames: the one order of all inputs"),
    Topic(REFUSALS, "", (), "inner", "which entries the accounts of each shard refused"),
    Topic(LEASES, "name/holder", (), "inner", "which process holds what, where a log needs it"),
    Topic(BREACHES, "account_id", ("breach", "phase.passed"), "out", "verdicts"),
    Topic(ACCOUNT_STATES, "account_id", ("state",), "out", "moves of the account state machine"),
    Topic(WARNINGS, "account_id", ("warning",), "out", "a floor comes near"),
    Topic(INTERVENTIONS, "account_id", ("intervention",), "out", "what is to be done"),
    Topic(PROGRESS, "account_id", ("progress",), "out", "room to each floor, way to each goal"),
    Topic(DEAD_LETTERS, "", ("dead_letter",), "out", "refused inputs with the reason"),
    Topic(CHECKPOINTS, "", (), "inner", "signed notes: the roots of the audit log"),
    Topic(DRIFT, "account_id", ("drift",), "out", "where a venue and the journal disagree"),
    Topic(QUARANTINE, "venue", (), "inner", "dead letters: quotes of venues that became no ticks"),
)

# Which topic carries a decision, by its type.
DECISION_TOPICS: dict[str, TopicName] = {
    payload: topic.name
    for topic in TOPICS
    if topic.direction == "out" and topic.name not in (DEAD_LETTERS, DRIFT)
    for payload in topic.payloads
}
