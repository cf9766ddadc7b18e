"""Makes a venue from its entry in the file."""

from connectors.venues.abstract import Venue
from connectors.venues.budget import Budget
from connectors.venues.ccxt_venue import CcxtVenue
from connectors.venues.settings import VenueSettings
from connectors.venues.webhook_venue import WebhookVenue


def make_budget(settings: VenueSettings) -> Budget:
    """Return what a process may spend at a venue."""
    return Budget(settings.weight_per_minute)


def make_venue(settings: VenueSettings) -> Venue:
    """Return the venue, not opened yet, with a budget of its own."""
    budget = make_budget(settings)
    if settings.adapter == "webhook":
        return WebhookVenue(settings, budget)
    return CcxtVenue(settings, budget)
