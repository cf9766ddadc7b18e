"""The examples in the docstrings of the rules are true."""

import doctest
import importlib
import pkgutil
from decimal import localcontext

import pytest

import rules
from schemas.money import EXACT

MODULES = [found.name for found in pkgutil.walk_packages(rules.__path__, "rules.")]


@pytest.mark.parametrize("name", MODULES)
def test_docstring_when_run_shows_what_it_says(name):
    with localcontext(EXACT):
        failed, _ = doctest.testmod(importlib.import_module(name))
    assert failed == 0
