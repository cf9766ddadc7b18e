"""Kill -9 of the enforce flow at any request, time-outs after acceptance, repeated interventions.

`make enforce-faults` runs more seeds of the same programme.
"""

import pytest

from sinks.migrate import upgrade
from tests.flows.enforce_faults import run
from tests.flows.venue_forks import forking

pytestmark = [pytest.mark.postgres, pytest.mark.slow]


@pytest.fixture(scope="module")
def forks():
    with forking() as running:
        yield running


@pytest.mark.parametrize("seed", range(1, 11))
def test_accounts_when_the_flow_is_killed_are_each_closed_once(forks, tmp_path, postgres_url, seed):
    upgrade(postgres_url)
    found = run(forks, seed, tmp_path, postgres_url)
    assert found["starts"] == found["kills"] + found["fenced"] + 1
