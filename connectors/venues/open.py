"""Makes a venue from its entry in the file."""

from connectors.venues.abstract import Venue
from connectors.venues.budget import Budget
from connectors.venues.ccxt_venue import CcxtVenue
from connectors.venues.file_venue import FileVenue
from connectors.venues.settings import VenueSettings
from connectors.venues.shares import Flow
from connectors.venues.webhook_venue import WebhookVenue


def make_budget(settings: VenueSettings, flow: Flow) -> Budget:
    """Return what a flow may spend at a venue."""
    return Budget(settings.weight_per_minute, share=getattr(settings.shares, flow))


def make_venue(settings: VenueSettings, budget: Budget) -> Venue:
    """Return the venue, not opened yet."""
    if settings.adapter == "webhook":
        return WebhookVenue(settings, budget)
    if settings.adapter == "file":
        return FileVenue(settings, budget)
    return CcxtVenue(settings, budget)
