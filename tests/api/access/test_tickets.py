"""A ticket opens one socket, soon."""

import pytest

from api.access import tickets
from api.access.principal import Refused, make_principal
from api.access.tickets import VALID_S, Tickets

SOMEBODY = make_principal("x", "risk", "f", None, expires=1)


def test_ticket_when_used_once_is_used_up():
    one = Tickets()
    ticket = one.issue(SOMEBODY)
    assert one.redeem(ticket) is SOMEBODY
    with pytest.raises(Refused):
        one.redeem(ticket)


@pytest.mark.parametrize(("age", "good"), [(VALID_S - 1, True), (VALID_S, False)])
def test_ticket_when_old_is_refused(age, good):
    now = [100.0]
    one = Tickets(lambda: now[0])
    ticket = one.issue(SOMEBODY)
    now[0] += age
    if good:
        assert one.redeem(ticket) is SOMEBODY
    else:
        with pytest.raises(Refused):
            one.redeem(ticket)


def test_tickets_when_never_used_do_not_pile_up(monkeypatch):
    monkeypatch.setattr(tickets, "_OPEN_MAX", 10)
    one = Tickets(lambda: 0.0)
    issued = [one.issue(SOMEBODY) for _ in range(25)]
    assert len(one._open) <= 10
    assert one.redeem(issued[-1]) is SOMEBODY
