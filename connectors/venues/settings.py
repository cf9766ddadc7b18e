"""Which venues there are and whose accounts are where: one YAML file.

Secrets are not in it: it names the environment variables that hold them.
"""

import os
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from connectors.documents import bad_file, load_document
from connectors.venues.policies import (
    FeedSettings,
    ReconcileSettings,
    ReportSettings,
    Seconds,
    whole,
)
from connectors.venues.shares import Shares
from connectors.venues.signing import key_of
from schemas.errors import BadValue, InputError, quoted
from schemas.fields import Currency, Id, Shape, Symbol, parse_model

_NEEDED = {"ccxt": ("exchange",), "webhook": ("url", "secret"), "file": ("folder",)}


class AccountSettings(Shape):
    """Where the credentials of one account are: names of environment variables.

    Attributes:
        api_key, secret, password: what ccxt calls so; `password` where a venue wants one.
    """

    api_key: str = ""
    secret: str = ""
    password: str = ""

    def secrets(self) -> dict[str, str]:
        """Return the credentials under ccxt's names; what is not set is empty."""
        named = {"apiKey": self.api_key, "secret": self.secret, "password": self.password}
        return {name: os.environ.get(variable, "") for name, variable in named.items() if variable}


class VenueSettings(Shape):
    """One venue, as far as one budget of requests goes.

    Attributes:
        id: ours, unique.
        adapter: `ccxt`, `webhook` or `file`.
        exchange: ccxt's id of it.
        url: of a webhook's bridge.
        folder: that a bridge shares with us.
        secret: name of the environment variable that holds the secret of its signatures, of
            commands to a bridge and of events from one.
        urls: replaces what addresses begin with, for a test venue.
        symbols: ours to the exchange's, such as `BTC/USDT:USDT`.
        currency: of the accounts; a fee in another one is not booked.
        weight_per_minute: what the venue allows.
        shares: how the flows share it.
        timeout_s: how long a request may take.
        settle_s: the venue refuses requests that are older than this when they arrive.
        feed: which of its prices become ticks.
        accounts: by our account id.
        reconcile: how it is compared with the journal.
        report: when accounts are asked what they did.
    """

    id: Id
    adapter: Literal["ccxt", "webhook", "file"] = "ccxt"
    exchange: str = ""
    url: str = ""
    folder: str = ""
    secret: str = ""
    urls: dict[str, str] = Field(default_factory=dict)
    symbols: dict[Symbol, str] = Field(default_factory=dict)
    currency: Currency = "USDT"
    weight_per_minute: Annotated[int, BeforeValidator(whole), Field(ge=1, le=1_000_000)] = 1200
    shares: Shares = Shares()
    timeout_s: Seconds = 5.0
    settle_s: Seconds = 3.0
    feed: FeedSettings = Field(default_factory=FeedSettings)
    accounts: dict[Id, AccountSettings]
    reconcile: ReconcileSettings = ReconcileSettings()
    report: ReportSettings = ReportSettings()

    def signing_key(self) -> bytes:
        """Return the key of its webhooks, either way."""
        return key_of(os.environ.get(self.secret, ""))

    @model_validator(mode="after")
    def _adapter_has_what_it_needs(self) -> Self:
        for name in _NEEDED[self.adapter]:
            if not getattr(self, name):
                raise BadValue(f"is required for the adapter {self.adapter}", name)
        return self


class _VenuesFile(Shape):
    venues: list[VenueSettings]


def load_venues(path: Path, *, secrets: bool = True) -> list[VenueSettings]:
    """Read the file.

    Args:
        path: the file.
        secrets: whether credentials are needed; prices are public.

    Raises:
        BadFile: naming the file, the line and the field.
    """
    source = load_document(path)
    try:
        venues = parse_model(_VenuesFile, source.data).venues
        _check_unique(venues)
        if secrets:
            _check_secrets(venues)
    except InputError as error:
        raise bad_file(source, error) from None
    return venues


def _check_unique(venues: list[VenueSettings]) -> None:
    seen: dict[str, Any] = {}
    for number, venue in enumerate(venues):
        for name, path in [
            (f"venue {venue.id}", f"venues.{number}.id"),
            *((f"account {item}", f"venues.{number}.accounts.{item}") for item in venue.accounts),
        ]:
            if name in seen:
                raise BadValue(f"{name} is there already", path)
            seen[name] = path


# Found out at the start, and not when the account is to be closed.
def _check_secrets(venues: list[VenueSettings]) -> None:
    for number, venue in enumerate(venues):
        if venue.secret:
            _check_webhook_secret(venue.secret, f"venues.{number}.secret")
        for name, account in venue.accounts.items():
            for field in ("api_key", "secret", "password"):
                variable = getattr(account, field)
                if variable and not os.environ.get(variable):
                    path = f"venues.{number}.accounts.{name}.{field}"
                    raise BadValue(f"environment variable {quoted(variable)} is not set", path)


def _check_webhook_secret(variable: str, path: str) -> None:
    try:
        key = key_of(os.environ.get(variable, ""))
    except ValueError as error:
        raise BadValue(str(error), path) from None
    if not key:
        raise BadValue(f"environment variable {quoted(variable)} is not set", path)
