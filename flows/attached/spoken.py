"""What a bridge may say: events of its own accounts, and nothing that is an operator's to say."""

from connectors.venues.settings import VenueSettings
from schemas.errors import BadValue
from schemas.events import AccountEvent, parse_event


def account_spoken_for(item: object, venue: VenueSettings) -> str:
    """Return the account of an event that a venue's bridge may tell.

    Raises:
        InputError: it is no such event.
    """
    event = parse_event(item)
    if not isinstance(event, AccountEvent):
        raise BadValue("is no event of an account", "type")
    if event.type == "account.overridden":
        raise BadValue("operators do this, a bridge may not", "type")
    if event.account_id not in venue.accounts:
        raise BadValue(f"is no account of {venue.id}", "account_id")
    return event.account_id
