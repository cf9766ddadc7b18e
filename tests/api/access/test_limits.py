"""A caller gets so much a second, each his own."""

import pytest

from tests.api.stand import serving

pytestmark = pytest.mark.postgres


def test_caller_when_asking_too_much_is_told_to_wait(filled, issuer):
    log, _, dsn = filled
    with serving(log, dsn, issuer, api_requests_s=5) as stand:
        eager, other = stand.client(sub="eager"), stand.client(sub="other")
        answers = [eager.get("/v1/rulesets") for _ in range(40)]
        late = [found for found in answers if found.status_code == 429]
        assert late
        assert late[0].headers["retry-after"] == "1"
        assert late[0].json()["title"] == "Too Many Requests"
        assert other.get("/v1/rulesets").status_code == 200
