"""The examples in docstrings are specifications: they are run."""

import doctest
import importlib

import pytest

from tests.docs.pages import listed, read

PACKAGES = ("api", "connectors", "flows", "rules", "schemas", "sinks")
MODULES = [
    name.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
    for name in listed("*.py")
    if name.split("/")[0] in PACKAGES and ">>> " in read(name)
]


@pytest.mark.parametrize("module", MODULES)
def test_examples_in_docstrings_when_run_give_what_they_show(module):
    failed, tried = doctest.testmod(importlib.import_module(module))
    assert tried > 0
    assert failed == 0
