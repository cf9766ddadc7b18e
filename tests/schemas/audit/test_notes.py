"""Signed notes against the example that Go's sumdb/note publishes."""

import pytest

from schemas.audit.notes import Signer
from schemas.audit.verify import key_parts, open_note
from schemas.errors import BadValue

SECRET = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
TEXT = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
)
SIGNATURE = (
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngot"
    "pRZb6KE6RyyBwJnAM=\n"
)
NOTE = f"{TEXT}\n{SIGNATURE}".encode()


def test_note_when_signed_with_the_published_key_is_the_published_note():
    signer = Signer.parse(SECRET)
    assert (signer.key, signer.text) == (KEY, SECRET)
    assert signer.sign(TEXT) == NOTE


def test_note_when_opened_gives_its_text():
    assert open_note(NOTE, KEY) == TEXT


def test_note_when_a_byte_is_changed_is_not_opened():
    for place, byte in enumerate(NOTE):
        forged = NOTE[:place] + bytes([byte ^ 1]) + NOTE[place + 1 :]
        with pytest.raises(ValueError, match=r"\S"):
            open_note(forged, KEY)


def test_note_when_signed_by_another_key_of_the_name_is_not_opened():
    other = Signer.make("PeterNeumann", bytes(32))
    with pytest.raises(ValueError, match="not signed by PeterNeumann"):
        open_note(other.sign(TEXT), KEY)


def test_note_when_signed_by_several_is_opened_by_the_key_of_one():
    other = Signer.make("witness.example", bytes(32))
    cosigned = NOTE + other.sign(TEXT).rpartition(b"\n\n")[2]
    assert open_note(cosigned, KEY) == open_note(cosigned, other.key) == TEXT


def test_signer_when_shown_keeps_its_secret():
    assert "AYEKFALV" not in repr(Signer.parse(SECRET))


@pytest.mark.parametrize(
    "text",
    ["", KEY, SECRET[:-4], SECRET.replace("c74f20a3", "c74f20a4"), SECRET.replace("+AY", "+BY")],
)
def test_signer_when_the_key_is_damaged_is_refused_without_showing_it(text):
    with pytest.raises(BadValue) as caught:
        Signer.parse(text)
    assert "EKFALV" not in str(caught.value)


@pytest.mark.parametrize("name", ["", "a b", "a+b", "x" * 129, "ä"])
def test_signer_when_the_name_would_not_stand_in_a_note_is_refused(name):
    with pytest.raises(BadValue, match="a key's name"):
        Signer.make(name, bytes(32))


@pytest.mark.parametrize("key", ["", "a+b", "PeterNeumann+c74f20a4+" + KEY.split("+", 2)[2]])
def test_key_when_damaged_is_refused(key):
    with pytest.raises(ValueError, match=r"\S"):
        key_parts(key)
