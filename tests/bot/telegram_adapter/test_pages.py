"""A page is read update by update when it cannot be read as a whole, and each keeps its name."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from telegram.error import TelegramError

from bot.telegram_adapter.connections import PollRequest, SendRequest
from bot.telegram_adapter.pages import Broken, key_of, parse, split_result, text_of_raw, update_id_of

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(alphabet='[]{},"\\:result é学') | st.just("\ud800"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=10,
)
DEEP = "[" * 100_000 + "]" * 100_000


@given(st.lists(JSON, max_size=5), st.booleans(), st.sampled_from([None, 1]))
def test_a_page_in_pieces_is_the_page(updates, ascii, indent):
    page = json.dumps({"ok": True, "result": updates}, ensure_ascii=ascii, indent=indent)

    pieces = list(split_result(page.encode("utf-8", "surrogatepass")))

    if ascii:
        assert [parse(piece) for piece in pieces] == updates
    assert len(pieces) == len(updates)


def test_only_the_one_that_cannot_be_read_is_broken():
    page = f'{{"ok":true,"result":[{{"update_id":1}},{{"update_id":2,"x":{DEEP}}},{{"update_id":3}}]}}'

    first, broken, last = PollRequest.parse_json_payload(page.encode())["result"]

    assert (first, last) == ({"update_id": 1}, {"update_id": 3})
    assert isinstance(broken, Broken)
    assert update_id_of(broken) == 2
    assert text_of_raw(broken).endswith("]}")


def test_bytes_that_are_no_text_do_not_take_their_neighbours_along():
    page = b'{"ok":true,"result":[{"update_id":1,"x":"\xff\xfe"},{"update_id":2}]}'

    assert [update_id_of(raw) for raw in PollRequest.parse_json_payload(page)["result"]] == [1, 2]


@pytest.mark.parametrize("request_class", [PollRequest, SendRequest])
@pytest.mark.parametrize("page", [b"", b"<html>", b"[1]", b'"x"', b"{", DEEP.encode()])
def test_what_is_no_answer_is_an_error_that_tells_nothing_of_it(request_class, page):
    with pytest.raises(TelegramError) as caught:
        request_class.parse_json_payload(page)
    assert str(caught.value) == "Invalid server response"


@pytest.mark.parametrize(
    "raw",
    [None, "x", 5, [], {}, *({"update_id": it} for it in (None, True, "5", 0, -1, 1.5, 2**63))],
    ids=repr,
)
def test_who_has_no_usable_id_is_named_by_its_hash(raw):
    assert update_id_of(raw) is None
    assert len(key_of(raw)) == 64
    assert key_of(raw) == key_of(json.loads(json.dumps(raw)))


def test_who_has_an_id_is_named_by_it():
    assert key_of({"update_id": 2**52}) == str(2**52)
    assert key_of(Broken('{"update_id" : 77, "x": ')) == "77"
    assert len(key_of(Broken('{"update_id": 99999999999999999999'))) == 64
