"""What holds for every page: links lead somewhere, and what is named exists."""

import re
from pathlib import Path, PurePosixPath

import pytest

from flows.cli import COMMANDS
from tests.docs.pages import ROOT, anchors, blocks, listed, prose, read

PAGES = listed("*.md")
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")
COMMAND = re.compile(r"\bhighwater ([a-z]+(?:-[a-z]+)*)\b(?: ([a-z]+)\b)?")
TARGET = re.compile(r"`make ([a-z-]+)|^make ([a-z-]+)", re.MULTILINE)
LIMIT = 110


def text_of_commands(page: str) -> str:
    """Return what a page shows as commands: code in sentences, and blocks of shell."""
    inline = re.findall(r"`([^`\n]+)`", prose(page))
    return "\n".join([*inline, *(block.text for block in blocks(page, "sh", "text", ""))])


@pytest.mark.parametrize("page", PAGES)
def test_links_when_relative_lead_to_a_file_and_a_heading(page):
    wrong = []
    for link in LINK.findall(prose(page)):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (ROOT / page).parent / path if path else ROOT / page
        if not target.exists():
            wrong.append(link)
        elif anchor:
            name = str(target.resolve().relative_to(ROOT))
            if anchor not in anchors(name):
                wrong.append(link)
    assert wrong == []


@pytest.mark.parametrize("page", PAGES)
def test_commands_when_named_exist(page):
    named = {match[1] for match in COMMAND.finditer(text_of_commands(page))}
    assert named <= set(COMMANDS), f"{page} names a command that does not exist"


@pytest.mark.parametrize("page", PAGES)
def test_make_targets_when_named_exist(page):
    targets = set(re.findall(r"^([a-z-]+):", read("Makefile"), re.MULTILINE))
    named = {first or second for first, second in TARGET.findall(read(page))}
    assert named <= targets


@pytest.mark.parametrize("page", [page for page in PAGES if page.startswith("docs/")])
def test_page_when_in_docs_is_linked_from_another(page):
    others = [other for other in PAGES if other != page]
    linked = {
        str((ROOT / other).parent.joinpath(link.partition("#")[0]).resolve().relative_to(ROOT))
        for other in others
        for link in LINK.findall(prose(other))
        if not re.match(r"[a-z]+:|#", link)
        and ROOT in (ROOT / other).parent.joinpath(link.partition("#")[0]).resolve().parents
    }
    assert page in linked


@pytest.mark.parametrize("page", PAGES)
def test_files_when_named_in_prose_exist(page):
    """A path in backticks that begins with one of our folders names a file of ours."""
    ours = r"`((?:api|connectors|docs|examples|flows|rules|schemas|scripts|sinks|tests)/[\w./-]+)`"
    missing = [
        name
        for name in re.findall(ours, prose(page))
        if not (ROOT / name).exists() and page != "CONTRIBUTING.md"
    ]
    assert missing == []


def test_readme_when_listing_commands_lists_all():
    rows = re.findall(r"^\| `highwater ([a-z]+(?:-[a-z]+)*)", read("README.md"), re.MULTILINE)
    assert sorted(set(rows)) == sorted(COMMANDS)


def test_pages_of_decisions_when_listed_are_all_there():
    index = "docs/decisions/README.md"
    pages = [PurePosixPath(page).name for page in PAGES if re.search(r"decisions/\d{4}-", page)]
    assert LINK.findall(prose(index)) == pages
    assert len({page[:4] for page in pages}) == len(pages), "two pages of one number"
    for page in pages:
        number = page[:4]
        text = read(f"docs/decisions/{page}")
        assert text.startswith(f"# {number} · "), page
        assert f"[{number}]({page}) | {text.splitlines()[0].partition('· ')[2]} |" in read(index)
        if "small-choices" not in page:
            wanted = ["Context", "Decision", "Consequences", "What would change our mind"]
            assert re.findall(r"^## (.+)$", text, re.MULTILINE) == wanted, page


@pytest.mark.parametrize("page", PAGES)
def test_lines_of_prose_fit_a_terminal(page):
    wide = [
        line
        for line in prose(page).splitlines()
        if len(line) > LIMIT and not line.startswith("|") and "](" not in line
    ]
    assert wide == []


def test_pages_when_found_are_where_readers_look():
    assert {"README.md", "CHANGELOG.md", "CONTRIBUTING.md"} <= set(PAGES)
    assert all(Path(page).suffix == ".md" for page in PAGES)
