"""Names of orders: the same for the same purpose, another for any other."""

import re

from hypothesis import given
from hypothesis import strategies as st

from connectors.venues.client_ids import client_order_id

PURPOSES = st.tuples(
    st.text("abcdef0123456789", min_size=32, max_size=32),
    st.sampled_from(["close_positions", "reapply_stop"]),
    st.text(max_size=20),
    st.integers(0, 99),
)


@given(PURPOSES, PURPOSES)
def test_names_when_purposes_differ_differ_and_suit_every_venue(one, other):
    assert (client_order_id(*one) == client_order_id(*other)) == (one == other)
    assert re.fullmatch(r"hw[0-9a-f]{30}", client_order_id(*one))
