"""House style that a machine can judge, and that no linter of ours does."""

import ast
import importlib
import re
import subprocess
import tomllib
from itertools import pairwise
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("api", "connectors", "flows", "rules", "schemas", "sinks")

LINES_MAX = 300
FUNCTION_LINES_MAX = 70
COLUMNS_MAX = 100

# Files that are one idea and longer than the limit, each with its reason.
LONG_FILES: dict[str, str] = {
    "schemas/audit/verify.py": "travels alone with every bundle, so all of it is in one file",
}

# The search bounds equity in floats that are provably wide enough, and decides nothing with them;
# the exact numbers in the same files are integers (docs/crossing-search.md).
FLOAT_BOUNDS = {
    f"rules/engine/{name}.py"
    for name in (
        "band_pool",
        "bands",
        "bounds",
        "columns",
        "crossing",
        "due",
        "lanes",
        "legs",
        "linking",
        "seek",
        "tape",
        "tape_kernels",
        "visit",
    )
}

# Prose and data wrap as they please; what is read as code does not.
CODE_SUFFIXES = {".cfg", ".css", ".html", ".js", ".py", ".sh", ".sql", ".toml", ".yaml", ".yml"}

# Clocks and chance: the same journal must give the same bytes.
IMPURE_MODULES = {"os", "random", "secrets", "time", "uuid"}

# Written so that this file does not hold what it looks for.
REGISTRY_HOST = re.compile(
    r"\b(pypi\.org|pythonhosted\.org|crates\.io|npmjs\.(com|org)|maven\.org|repo\.maven"
    r"|proxy\.golang\.org|deb\.debian\.org|security\.debian\.org)\b|--(extra-)?index-url"
)
MACHINE_PATH = re.compile(r"/(?:work|farm|root|home)/")
RECORDING_SUFFIXES = (".parquet", ".csv.gz", ".arrow", ".feather")

RELEASE = re.compile(r"^## \[(\d+)\.(\d+)\.(\d+)\] - (\d{4}-\d{2}-\d{2})$")
CHANGE_KINDS = {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}


def project_files() -> list[str]:
    """What is tracked or about to be: ignored files are nobody's business."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    return [name for name in sorted(set(listed.stdout.splitlines())) if (ROOT / name).is_file()]


FILES = project_files()
PYTHON = [name for name in FILES if name.endswith(".py")]
MODULES = [name for name in PYTHON if name.split("/")[0] in PACKAGES]
RULES = [name for name in MODULES if name.startswith("rules/")]


def text(name: str) -> str:
    """A file's text, or none where it is not text."""
    try:
        return (ROOT / name).read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return ""


def tree(name: str) -> ast.Module:
    return ast.parse(text(name), filename=name)


def impurities(name: str) -> list[str]:
    """Imports of clocks and chance, and floats by call, literal or dtype."""
    found = []
    for node in ast.walk(tree(name)):
        line = f"{name}:{getattr(node, 'lineno', 0)}"
        match node:
            case ast.Import(names=names):
                modules = {alias.name.split(".")[0] for alias in names}
                found += [f"{line} imports {module}" for module in modules & IMPURE_MODULES]
            case ast.ImportFrom(module=str(module)) if module.split(".")[0] in IMPURE_MODULES:
                found.append(f"{line} imports {module}")
            case ast.Call(func=ast.Name(id="float")):
                found.append(f"{line} calls float()")
            case ast.Constant(value=float()):
                found.append(f"{line} holds a float literal")
            case ast.Attribute(attr="float16" | "float32" | "float64" | "float_"):
                found.append(f"{line} names a float dtype")
            case ast.Attribute(
                value=ast.Name(id="datetime" | "date"), attr="now" | "utcnow" | "today"
            ):
                found.append(f"{line} asks a clock")
    return found


def test_files_when_longer_than_a_screenful_of_screens_have_a_reason():
    long = {name for name in PYTHON if len(text(name).splitlines()) > LINES_MAX}
    assert long - LONG_FILES.keys() == set(), f"more than {LINES_MAX} lines"
    assert LONG_FILES.keys() - long == set(), "short again: no reason needed"


def test_functions_fit_on_a_screen():
    long = [
        f"{name}:{node.lineno} {node.name}"
        for name in PYTHON
        for node in ast.walk(tree(name))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or 0) - node.lineno >= FUNCTION_LINES_MAX
    ]
    assert long == [], f"more than {FUNCTION_LINES_MAX} lines"


def test_code_lines_fit_the_page():
    wide = [
        f"{name}:{number}"
        for name in FILES
        if Path(name).suffix in CODE_SUFFIXES or "scripts/" in name or name == "Makefile"
        for number, line in enumerate(text(name).splitlines(), start=1)
        if len(line) > COLUMNS_MAX
    ]
    assert wide == [], f"more than {COLUMNS_MAX} columns"


def test_rules_are_pure():
    found = {name: impurities(name) for name in RULES}
    bounds = {name for name, lines in found.items() if any("float" in line for line in lines)}
    assert bounds - FLOAT_BOUNDS == set(), "floats where no bound is computed"
    assert FLOAT_BOUNDS - bounds == set(), "no floats any more: no exception needed"
    assert [line for lines in found.values() for line in lines if " float" not in line] == []


def test_impurities_when_planted_are_found(tmp_path):
    planted = tmp_path / "rule.py"
    planted.write_text(
        "import time\nfrom random import random\nx = float('1')\ny = 0.5\nz = np.float64(1)\n"
        "t = datetime.now()\n"
    )
    assert len(impurities(str(planted))) == 6


@pytest.mark.parametrize("package", PACKAGES)
def test_package_when_imported_is_the_one_of_this_repository(package):
    """Another distribution may install the same top-level name: rules is one on the index."""
    file = importlib.import_module(package).__file__
    assert file is not None
    assert Path(file).resolve() == ROOT / package / "__init__.py"


def test_modules_have_docstrings():
    assert [name for name in MODULES if not ast.get_docstring(tree(name))] == []


def test_tests_have_no_init_files():
    """One of them would shadow the package it is named after."""
    found = [name for name in FILES if re.match(r"(tests|benchmarks)/.*__init__\.py$", name)]
    assert found == []


def test_files_name_no_registry_host():
    found = [name for name in FILES if REGISTRY_HOST.search(text(name))]
    assert found == [], "dependencies are named, not where they come from"


def test_files_name_no_path_of_one_machine():
    assert [name for name in FILES if MACHINE_PATH.search(text(name))] == []


def test_files_are_no_recordings():
    assert [name for name in FILES if name.endswith(RECORDING_SUFFIXES)] == []


def test_lock_when_read_holds_every_dependency_with_hashes():
    project = tomllib.loads(text("pyproject.toml"))
    wanted = [
        *project["project"]["dependencies"],
        *project["project"]["optional-dependencies"]["demo"],
        *project["dependency-groups"]["dev"],
    ]
    names = {re.split(r"[^A-Za-z0-9-]", entry)[0].lower() for entry in wanted}
    # An entry reaches from its unindented first line to the next.
    entries = re.split(r"\n(?=[a-z])", text("requirements/develop.lock").strip())
    locked = {entry.split("==")[0] for entry in entries}
    assert names - locked == set(), "run make lock"
    assert [entry.split()[0] for entry in entries if "--hash=sha256:" not in entry] == []


def test_changelog_is_well_formed():
    lines = text("CHANGELOG.md").splitlines()
    assert lines[0] == "# Changelog"
    sections = [line for line in lines if line.startswith("## ")]
    assert sections[0] == "## [Unreleased]"
    releases = [RELEASE.match(line) for line in sections[1:]]
    assert None not in releases, "a release reads: ## [1.2.3] - 2026-01-31"
    versions = [tuple(int(part) for part in found.groups()[:3]) for found in releases if found]
    assert all(newer > older for newer, older in pairwise(versions)), "newest first"
    assert {line[4:] for line in lines if line.startswith("### ")} <= CHANGE_KINDS
