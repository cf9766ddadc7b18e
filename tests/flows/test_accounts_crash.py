"""Kill -9 of the accounts flow at any request, failing answers, sockets that lose and repeat.

`python -m tests.flows.accounts_faults` runs more seeds of the same programme.
"""

import pytest

from sinks.migrate import upgrade
from tests.flows.accounts_faults import run
from tests.flows.venue_forks import forking

pytestmark = [pytest.mark.postgres, pytest.mark.slow]


@pytest.fixture(scope="module")
def forks():
    with forking() as running:
        yield running


@pytest.mark.parametrize("seed", [1, 3, 4, 7])
def test_fills_when_the_flow_is_killed_are_each_in_the_ledger_once(
    forks, tmp_path, postgres_url, seed
):
    upgrade(postgres_url)
    found = run(forks, seed, tmp_path, postgres_url)
    assert found["starts"] > found["kills"] > 0
