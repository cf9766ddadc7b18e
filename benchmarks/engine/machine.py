"""The conditions a benchmark prints before its figures."""

import os
import platform
import resource
from pathlib import Path

import numba
import numpy as np


def conditions(seed: int) -> str:
    """Return two lines about the machine and the software."""
    model = platform.machine()
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = line.partition(": ")[2]
            break
    load = os.getloadavg()[0]
    return (
        f"machine     {model}, {os.cpu_count()} cores, load {load:.1f} before the run\n"
        f"software    python {platform.python_version()}, numpy {np.__version__}, "
        f"numba {numba.__version__}; one process, one thread; seed {seed}"
    )


def peak_gib() -> float:
    """Return the most memory this process has had so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
