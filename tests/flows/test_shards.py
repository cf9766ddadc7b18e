import pytest

from flows.failures import Failure
from flows.shards import Assignment, Owner, assign, split_option


@pytest.mark.parametrize(
    ("wanted", "shards", "mine"),
    [
        ("", 1, (0,)),
        ("", 4, (0, 1, 2, 3)),
        ("0-63", 4, (0, 1, 2, 3)),
        ("0-15", 4, (0,)),
        ("16-47", 4, (1, 2)),
        ("63-63", 64, (63,)),
    ],
)
def test_assignment_when_whole_shards_are_wanted_names_them(wanted, shards, mine):
    assert assign(64, wanted, shards) == Assignment(mine, shards)


@pytest.mark.parametrize(
    ("wanted", "shards", "words"),
    [
        ("0-14", 4, "not whole partitions"),
        ("0-16", 4, "not whole partitions"),
        ("1-15", 4, "not whole partitions"),
        ("0-31", 1, "not whole partitions"),
        ("0-64", 4, "no range of 0-63"),
        ("9-8", 4, "no range of 0-63"),
        ("all", 4, "must look like 0-31"),
        ("-1", 4, "must look like 0-31"),
    ],
)
def test_assignment_when_the_range_is_wrong_is_refused(wanted, shards, words):
    with pytest.raises(Failure, match=words):
        assign(64, wanted, shards)


def test_others_when_asked_are_those_of_other_processes():
    assert assign(64, "16-31", 4).others == [0, 2, 3]


@pytest.mark.parametrize(
    ("option", "split"),
    [
        (None, (None, None)),
        ("7", (7, None)),
        ("0-31", (None, "0-31")),
        ("0-31/128", (128, "0-31")),
    ],
)
def test_option_when_given_says_how_many_or_which(option, split):
    assert split_option(option) == split


def test_option_when_it_is_neither_is_refused():
    with pytest.raises(Failure, match="a number or a range"):
        split_option("many")


def test_owners_when_asked_share_every_account_out():
    for number in range(200):
        assert sum(Owner(shard, 7)(f"A{number}") for shard in range(7)) == 1
