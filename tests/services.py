"""Where the broker and the database server of the tests are, and corners of them to work in.

Addresses come from HIGHWATER_KAFKA and HIGHWATER_DATABASE_URL or, where those are unset, from what
`make services` wrote to `.services/env`. Without either a test is skipped, or fails where CI=true.
"""

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
from confluent_kafka.admin import AdminClient
from psycopg import sql

STARTED = Path(__file__).resolve().parent.parent / ".services" / "env"


def service_address(variable: str, started: Path = STARTED) -> str:
    """The address under this name; without one the test is skipped, or fails in CI."""
    lines = started.read_text().splitlines() if started.exists() else []
    known = dict(line.split("=", 1) for line in lines if line)
    address = os.environ.get(variable) or known.get(variable)
    if not address:
        reason = f"no such service here; set {variable} or run `make services`"
        if os.environ.get("CI") == "true":
            pytest.fail(f"with CI=true every service must be there: {reason}")
        pytest.skip(reason)
    return address


@contextmanager
def fresh_database(server_url: str) -> Iterator[str]:
    """The URL of an empty database, dropped at the end even while somebody is connected."""
    name = f"highwater_test_{uuid.uuid4().hex[:12]}"
    identifier = sql.Identifier(name)
    with psycopg.connect(server_url, autocommit=True) as server:
        # template0 is never connected to, so that two workers can copy it at once.
        server.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(identifier))
        try:
            yield urlsplit(server_url)._replace(path=f"/{name}").geturl()
        finally:
            server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(identifier))


@contextmanager
def fresh_topics(bootstrap: str) -> Iterator[str]:
    """A prefix no other test uses; topics whose names begin with it are deleted at the end."""
    prefix = f"test-{uuid.uuid4().hex[:12]}-"
    yield prefix
    admin = AdminClient({"bootstrap.servers": bootstrap})
    topics = [name for name in admin.list_topics(timeout=10).topics if name.startswith(prefix)]
    if topics:
        for deletion in admin.delete_topics(topics, operation_timeout=10).values():
            deletion.result()
