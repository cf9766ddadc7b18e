"""One filled database and one server for all tests of the API that do not change them."""

from collections.abc import Iterator

import pytest

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
def stand(filled, issuer) -> Iterator[Stand]:
    """The server."""
    log, _, dsn = filled
    with serving(log, dsn, issuer) as made:
        yield made
