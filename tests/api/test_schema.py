"""What the OpenAPI document promises is kept: schemathesis asks, and judges every answer."""

import os

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.specs.openapi.checks import (
    negative_data_rejection,
    positive_data_acceptance,
)

from tests.api.test_access import ROUTES

pytestmark = pytest.mark.postgres

EXAMPLES = int(os.environ.get("HIGHWATER_API_EXAMPLES", "5"))
GOOD, BAD = schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE
# The feed has no end; nothing can be wrong with a request that has no parameters.
CASES = [(route, mode) for route in ROUTES if "feed" not in route for mode in (GOOD, BAD)] + [
    (f"GET {path}", GOOD) for path in ("/healthz", "/readyz", "/metrics")
]


@pytest.fixture(scope="module")
def described(stand):
    return schemathesis.openapi.from_url(f"{stand.url}/v1/openapi.json")


@pytest.mark.parametrize(("route", "mode"), CASES)
def test_operation_when_asked_anything_keeps_its_promises(described, stand, route, mode):
    method, _, path = route.partition(" ")
    operation = described[path][method]
    headers = {"Authorization": f"Bearer {stand.issuer.token()}"}
    stand.service.limits._limiter.storage.storage.clear()

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        database=None,
        derandomize="HIGHWATER_API_EXAMPLES" not in os.environ,
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def keeps(case):
        # What a cursor is, and which lists have rules, no schema can say.
        beyond = {"cursor", "rule"} & (case.query or {}).keys() or case.path.endswith("commands")
        excluded = [positive_data_acceptance] if beyond else []
        # A list of one looks like its only item once it stands in an address.
        if any(isinstance(value, list) and len(value) < 2 for value in (case.query or {}).values()):
            excluded.append(negative_data_rejection)
        case.call_and_validate(headers=headers, excluded_checks=excluded)

    keeps()
