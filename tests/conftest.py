"""Fixtures every test may ask for: a broker and a database server, each in a corner of its own."""

import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, Phase, settings

from tests.services import fresh_database, fresh_topics, service_address

# No deadlines: they would measure the machine. CI repeats the same examples; `make fuzz` looks for
# new ones.
settings.register_profile(
    "tests", deadline=None, derandomize=os.environ.get("CI") == "true", print_blob=True
)
settings.register_profile(
    "fuzz", deadline=None, max_examples=2_000, suppress_health_check=[HealthCheck.too_slow]
)
# Finds a failure and stops there: what it is does not matter.
settings.register_profile("mutations", deadline=None, phases=[Phase.generate])
settings.load_profile("tests")


@pytest.fixture(scope="session")
def kafka_bootstrap() -> str:
    """host:port of the broker."""
    return service_address("HIGHWATER_KAFKA")


@pytest.fixture
def topic_prefix(kafka_bootstrap: str) -> Iterator[str]:
    """A prefix for this test's topics, which are deleted at its end."""
    with fresh_topics(kafka_bootstrap) as prefix:
        yield prefix


@pytest.fixture
def postgres_url() -> Iterator[str]:
    """The URL of an empty database for one test."""
    with fresh_database(service_address("HIGHWATER_DATABASE_URL")) as url:
        yield url


@pytest.fixture(scope="module")
def module_postgres_url() -> Iterator[str]:
    """The URL of an empty database that the tests of one module share."""
    with fresh_database(service_address("HIGHWATER_DATABASE_URL")) as url:
        yield url
