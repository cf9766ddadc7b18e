"""A folder between two programs: whole lines only, each of which counts once."""

import asyncio
import json
import threading
from decimal import Decimal

import pytest

from connectors.venues.abstract import Ambiguous, Order
from connectors.venues.budget import Budget
from connectors.venues.file_venue import ANSWERS, COMMANDS, FileVenue
from connectors.venues.lines import LineReader, append_line
from connectors.venues.settings import VenueSettings

FILLED = {"order": {"client_id": "c1", "venue_id": "9", "status": "filled", "filled": "1"}}


def venue_at(folder, **given):
    entry = {"id": "f", "adapter": "file", "folder": str(folder), "accounts": {"A1": {}}}
    return FileVenue(VenueSettings.model_validate(entry | given), Budget(1000))


def asking(folder, work, **given):
    async def run():
        venue = venue_at(folder, **given)
        await venue.open()
        try:
            return await work(venue)
        finally:
            await venue.close()

    return asyncio.run(run())


def test_lines_when_one_has_no_end_are_read_up_to_it_and_go_on_when_it_has(tmp_path):
    path = tmp_path / "lines"
    path.write_bytes(b"one\ntwo\nthr")
    reader = LineReader(path)
    assert reader.read() == [b"one", b"two"]
    assert reader.read() == []
    with path.open("ab") as file:
        file.write(b"ee\n")
    assert reader.read() == [b"three"]
    assert LineReader(path, 4).read() == [b"two", b"three"]


def test_line_when_somebody_died_in_the_one_before_stands_for_itself(tmp_path):
    path = tmp_path / "lines"
    path.write_bytes(b'{"id": "half')
    append_line(path, b"whole")
    assert path.read_bytes() == b'{"id": "half\nwhole\n'


def test_lines_when_many_append_at_once_are_all_there(tmp_path):
    path = tmp_path / "lines"
    wanted = {f"{one}-{n}-{'x' * 500}".encode() for one in range(4) for n in range(50)}

    def append(one):
        for line in sorted(item for item in wanted if item.startswith(b"%d-" % one)):
            append_line(path, line)

    threads = [threading.Thread(target=append, args=(one,)) for one in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = LineReader(path).read()
    assert len(found) == len(wanted)
    assert set(found) == wanted


def test_file_when_it_is_another_and_shorter_is_read_from_its_start(tmp_path):
    path = tmp_path / "lines"
    path.write_bytes(b"one\ntwo\n")
    reader = LineReader(path)
    reader.read()
    path.write_bytes(b"new\n")
    assert reader.read() == [b"new"]


def test_command_when_nobody_answers_may_have_been_carried_out_and_keeps_its_name(tmp_path):
    async def work(venue):
        order = Order("c1", "X", "buy", Decimal("0.10"))
        for _ in range(2):
            with pytest.raises(Ambiguous, match="did not answer"):
                await venue.account("A1").place(order)

    asking(tmp_path, work, timeout_s="0.05")
    said = [json.loads(line) for line in LineReader(tmp_path / COMMANDS).read()]
    assert [(item["id"], item["client_id"], item["qty"]) for item in said] == [
        ("c1", "c1", "0.10"),
        ("c1", "c1", "0.10"),
    ]


def test_answer_when_it_was_there_before_the_start_answers_nothing(tmp_path):
    old = {"id": "c1", "status": 200, "answer": FILLED}
    append_line(tmp_path / ANSWERS, json.dumps(old).encode())

    async def work(venue):
        with pytest.raises(Ambiguous):
            await venue.account("A1").place(Order("c1", "X", "buy", Decimal(1)))

    asking(tmp_path, work, timeout_s="0.1")


def test_answer_when_lines_before_it_make_no_sense_is_found(tmp_path):
    async def work(venue):
        asked = asyncio.ensure_future(
            venue.account("A1").place(Order("c1", "X", "buy", Decimal(1)))
        )
        await asyncio.sleep(0)
        for line in (b"{", b"[]", b"{}", b'{"id": []}', b'{"id": "other", "status": 200}'):
            append_line(tmp_path / ANSWERS, line)
        answer = {"id": "c1", "status": 200, "answer": FILLED}
        append_line(tmp_path / ANSWERS, json.dumps(answer).encode())
        return await asked

    assert asking(tmp_path, work).status == "filled"


def test_folder_when_it_is_not_there_is_not_opened(tmp_path):
    with pytest.raises(Ambiguous, match="is no folder"):
        asking(tmp_path / "nowhere", None)
