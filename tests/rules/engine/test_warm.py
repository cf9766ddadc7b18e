"""`make setup` and a starting flow compile every kernel: nothing compiles under the first ticks."""

import subprocess
import sys
from pathlib import Path

import pytest
from numba import config

ROOT = Path(__file__).resolve().parents[3]

LOOK = """
import pkgutil
from importlib import import_module
import rules.engine
from rules.engine.evaluate import FastEngine
from rules.engine.warm import warm
from schemas.frames import Frame
from tests.rules import kit
from tests.rules.journals import make
from tests.rules.shapes import Shape

def compiled():
    found = {}
    for module in pkgutil.iter_modules(rules.engine.__path__):
        for name, value in vars(import_module(f"rules.engine.{module.name}")).items():
            if hasattr(value, "signatures"):
                found[name] = len(value.signatures)
    return found

warm()
before = compiled()
assert sum(before.values()) > 5, "nothing is compiled at all"
whole = kit.frames
for decoded in (False, True):
    if decoded:
        kit.frames = lambda *args: [Frame.decode(frame.encode()) for frame in whole(*args)]
    for seed in range(4):
        with Shape(64, 5).applied():
            make(seed, 300).run(FastEngine)
print({name for name, count in compiled().items() if count > before[name]} or "nothing")
"""


@pytest.mark.skipif(bool(config.DISABLE_JIT), reason="nothing is compiled")
def test_kernels_when_warmed_are_compiled_for_every_journal():
    done = subprocess.run(
        [sys.executable, "-c", LOOK], cwd=ROOT, check=True, capture_output=True, text=True
    )
    assert done.stdout == "nothing\n"
