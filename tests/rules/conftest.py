"""Every test that asks for `engine` runs on each engine there is."""

import pytest

from tests.rules.kit import ENGINES, Factory


@pytest.fixture(scope="session", params=list(ENGINES))
def engine(request: pytest.FixtureRequest) -> Factory:
    """Makes an engine."""
    return ENGINES[request.param]
