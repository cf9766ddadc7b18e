"""Keys of machines: made by a command, known by a hash, dead when revoked or expired."""

import os
import re
import subprocess
import sys

import psycopg
import pytest

from api.access import keys
from sinks.api_keys import create_key, revoke_key
from tests.docs.pages import ROOT

pytestmark = pytest.mark.postgres


def command(dsn, *arguments):
    return subprocess.run(
        [sys.executable, "-c", "from flows.cli import main; main()", "api-key", *arguments],
        env={**os.environ, "HIGHWATER_DATABASE_URL": dsn, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )


def status(stand, key):
    return stand.bearer(key).get("/v1/accounts").status_code


def test_key_when_made_by_the_command_lets_in_until_revoked(stand, monkeypatch):
    monkeypatch.setattr(keys, "REMEMBERED_S", 0.0)
    made = command(stand.dsn, "create", "payouts", "--role=support", "--firm=harbor")
    assert made.returncode == 0, made.stderr
    key = made.stdout.strip()
    found = stand.bearer(key).get("/v1/accounts", params={"limit": 500}).json()["items"]
    assert {one["firm_id"] for one in found} == {"harbor"}
    key_id = re.match(r"hw_([0-9a-f]{16})_", key)[1]
    listed = command(stand.dsn, "list").stdout
    assert f"{key_id}  support   harbor" in listed
    assert key not in listed
    assert command(stand.dsn, "revoke", key_id).returncode == 0
    assert status(stand, key) == 401
    assert command(stand.dsn, "revoke", "0" * 16).returncode == 1


def test_key_when_of_a_trader_shows_his_accounts(stand):
    account = next(one for one in stand.accounts() if one.trader_id)
    key = create_key(stand.dsn, "x", "trader", account.firm_id, trader_id=account.trader_id)
    found = stand.bearer(key).get("/v1/accounts", params={"limit": 500}).json()["items"]
    assert account.account_id in {one["account_id"] for one in found}
    assert {one["trader_id"] for one in found} == {account.trader_id}


def test_key_when_expired_or_changed_is_refused(stand):
    key = create_key(stand.dsn, "x", "risk", "*", days=1)
    assert status(stand, key) == 200
    changed = key[:-1] + ("A" if key[-1] != "A" else "B")
    assert status(stand, changed) == 401
    old = create_key(stand.dsn, "x", "risk", "*", days=1)
    with psycopg.connect(stand.dsn) as connection:
        connection.execute(
            "UPDATE highwater.api_keys SET expires_at = now() - interval '1 s' WHERE key_id = %s",
            (old.split("_")[1],),
        )
    assert status(stand, old) == 401


def test_key_when_stored_is_a_hash(stand):
    key = create_key(stand.dsn, "x", "risk", "*")
    with psycopg.connect(stand.dsn) as connection:
        rows = connection.execute("SELECT api_keys::text FROM highwater.api_keys").fetchall()
    assert all(key.split("_", 2)[2] not in row for (row,) in rows)
    assert revoke_key(stand.dsn, key.split("_")[1])


@pytest.mark.parametrize(
    "arguments",
    [
        ["create", "x", "--role=root"],
        ["create", "x", "--role=trader"],
        ["create", "x", "--role=trader", "--trader=T", "--firm=*"],
        ["create", "x", "--role=risk", "--trader=T"],
        ["create", "x", "--role=risk", "--days=0"],
    ],
)
def test_key_when_it_makes_no_sense_is_not_made(stand, arguments):
    done = command(stand.dsn, *arguments)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
