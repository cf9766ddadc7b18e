"""Makes a venue from its entry in the file."""

from connectors.venues.abstract import Venue
from connectors.venues.budget import Budget
from connectors.venues.ccxt_venue import CcxtVenue
from connectors.venues.settings import VenueSettings
from connectors.venues.webhook_venue import WebhookVenue


def make_venue(settings: VenueSettings) -> Venue:
    """Return the venue, not opened yet, with a budget of its own."""
    budget = Budget(settings.weight_per_minute)
    if settings.adapter == "webhook":
        return WebhookVenue(settings, budget)
    return CcxtVenue(settings, budget)
