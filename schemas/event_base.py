"""What all events have in common."""

from schemas.fields import Id, Instant, Shape


class EventBase(Shape):
    """An accepted event.

    Attributes:
        event_id: unique in its file or topic.
        type: names the model, such as `fill`.
        ts: when it happened by its own account, ns since the epoch.
        account_id: unique over all firms of one journal; none for events of the whole market.
    """

    event_id: Id
    type: str
    ts: Instant
    account_id: Id | None = None
    firm_id: Id = "default"
    trader_id: Id | None = None


class AccountEvent(EventBase):
    """An event of one account."""

    account_id: Id


class MarketEvent(EventBase):
    """An event that belongs to no account."""

    account_id: None = None
