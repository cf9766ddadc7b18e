"""How flows are told about the test venue."""

import os
from pathlib import Path

import yaml

from tests.venue.server import HOST, Venue
from tests.venue.streams import WS_HOST


def attached(venue: Venue, accounts: list[str], **given) -> dict:
    """Its entry in the file of venues; the accounts' keys go into the environment."""
    for account in accounts:
        os.environ[f"TEST_KEY_{account}"] = account
        os.environ[f"TEST_SECRET_{account}"] = f"secret-{account}"
    return {
        "id": "test",
        "exchange": "binanceusdm",
        "urls": {HOST: venue.url, WS_HOST: venue.url.replace("http", "ws")},
        "symbols": {"BTCUSDT-PERP": "BTC/USDT:USDT", "ETHUSDT-PERP": "ETH/USDT:USDT"},
        "weight_per_minute": 100_000,
        "timeout_s": 0.4,
        "settle_s": 0.3,
        "accounts": {
            name: {"api_key": f"TEST_KEY_{name}", "secret": f"TEST_SECRET_{name}"}
            for name in accounts
        },
        **given,
    }


def venues_file(path: Path, *venues: dict) -> Path:
    """Write the file of venues; every scalar as text, as a person would."""
    path.write_text(yaml.safe_dump({"venues": list(venues)}))
    return path
