"""The hash of a state: of what an account is, not of who asked it what."""

from functools import cached_property

from flows.state_hash import state_hash


class Worth:
    """Works something out when it is asked."""

    def __init__(self, amount):
        self.amount = amount

    @cached_property
    def double(self):
        return 2 * self.amount


def test_hash_when_something_was_worked_out_is_the_same():
    asked = Worth(3)
    assert asked.double == 6
    assert state_hash({"a": asked}) == state_hash({"a": Worth(3)})
    assert state_hash({"a": asked}) != state_hash({"a": Worth(4)})
