"""A person at a terminal: asked about Setup, about the flip, and whether the world still turns."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.cli.conftest import Shop
from tests.cli.test_ctrl_c import Terminal
from tests.enforce.conftest import ADMIN, ROOT, ticked

SETUP, GO_ON, TURNS = f"Has {ADMIN}", "Go on?", "Does the world still turn?"


@pytest.fixture
def terminal(rolled_out: Shop, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Terminal]]:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    opened: list[Terminal] = []

    def start(*words: str) -> Terminal:
        opened.append(Terminal(rolled_out, *words))
        return opened[-1]

    yield start
    for one in opened:
        one.close()


def until_it_turns(one: Terminal) -> None:
    one.read_until(SETUP)
    one.type("y\n")
    one.read_until(GO_ON)
    one.type("y\n")
    one.read_until(TURNS)


def test_confirmed(rolled_out: Shop, terminal: Callable[..., Terminal]) -> None:
    one = terminal("enforce", "on")
    until_it_turns(one)
    assert ticked(rolled_out)
    one.type("what?\n")
    one.read_until(TURNS, times=2)
    one.type("y\n")
    assert one.ended() == 0
    assert ticked(rolled_out)


def test_no_is_no(rolled_out: Shop, terminal: Callable[..., Terminal]) -> None:
    one = terminal("enforce", "on")
    until_it_turns(one)
    one.type("n\n")
    assert one.ended() == 1
    assert "A person said no" in one.said
    assert not ticked(rolled_out)


def test_ctrl_c_takes_it_back(rolled_out: Shop, terminal: Callable[..., Terminal]) -> None:
    one = terminal("enforce", "on")
    until_it_turns(one)
    one.interrupt()
    assert one.ended() == 130
    assert not ticked(rolled_out)


def test_a_person_who_does_not_answer_is_nobody(rolled_out: Shop, terminal: Callable[..., Terminal]) -> None:
    one = terminal("enforce", "on", "--confirm-within", "0.05")
    until_it_turns(one)
    assert one.ended() == 1
    assert not ticked(rolled_out)


@pytest.mark.parametrize("answers", [["n\n"], ["y\n", "n\n"]], ids=["setup", "flip"])
def test_nothing_is_touched_where_a_person_says_no_first(
    rolled_out: Shop, terminal: Callable[..., Terminal], answers: list[str]
) -> None:
    one = terminal("enforce", "on")
    for question, answer in zip((SETUP, GO_ON), answers, strict=False):
        one.read_until(question)
        one.type(answer)
    assert one.ended() == 4
    assert not ticked(rolled_out)
    assert rolled_out.result("enforce", "status")["flip"] is None
