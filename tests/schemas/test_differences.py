from hypothesis import given
from hypothesis import strategies as st

from schemas.differences import differences

VALUES = st.recursive(
    st.none() | st.booleans() | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3)
    ),
    max_leaves=8,
)


def found(before, after):
    return [tuple(item) for item in differences(before, after)]


def test_differences_when_values_are_elsewhere_name_their_paths():
    assert found({"a": ["x", "y"], "b": {"c": "1"}}, {"a": ["x"], "b": {"c": "2", "d": "3"}}) == [
        ("a.1", "y", None),
        ("b.c", "1", "2"),
        ("b.d", None, "3"),
    ]


def test_difference_when_shown_cuts_what_is_long():
    [item] = differences({"a": "x" * 100}, {})
    assert str(item) == f"a was {'x' * 59}…, is absent"


@given(VALUES, VALUES)
def test_differences_when_there_are_none_the_documents_are_equal(before, after):
    assert found(before, before) == []
    same = before == after
    # A key that holds nothing and a key that is not there differ, and both are shown as nothing.
    assert same == (found(before, after) == [])
