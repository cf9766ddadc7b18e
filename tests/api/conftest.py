"""One filled database and one server for all tests of the API that do not change them."""

from collections.abc import Iterator

import pytest

from flows.audit.command import export_command
from flows.audit.keys import make_key
from flows.options import FlowSettings
from tests.api.stand import Issuer, Stand, fill, serving
from tests.services import fresh_database, service_address


@pytest.fixture(scope="session")
def issuer(tmp_path_factory) -> Issuer:
    """The identity provider."""
    return Issuer(tmp_path_factory.mktemp("issuer"))


@pytest.fixture(scope="session")
def filled(tmp_path_factory) -> Iterator[tuple]:
    """A log and a database that hold the same."""
    with fresh_database(service_address("HIGHWATER_DATABASE_URL")) as dsn:
        yield (*fill(tmp_path_factory.mktemp("filled"), dsn), dsn)


@pytest.fixture(scope="session")
def audited(filled, tmp_path_factory) -> FlowSettings:
    """The settings of whoever signs proofs of what the log holds."""
    key = tmp_path_factory.mktemp("key") / "audit.key"
    make_key("test.example/log", key)
    return FlowSettings(log=f"dir:{filled[0]._root}", audit_key_file=key)


@pytest.fixture(scope="session")
def stand(filled, audited, issuer) -> Iterator[Stand]:
    """The server."""
    log, _, dsn = filled
    with serving(log, dsn, issuer, export=export_command(audited)) as made:
        yield made
