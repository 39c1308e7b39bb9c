"""Drawing few things, and seldom the unusual one."""

from __future__ import annotations

from typing import TypeVar

from hypothesis import strategies as st

T = TypeVar("T")


def rare(one_in: int = 8) -> st.SearchStrategy[bool]:
    """True once in a while; shrinks to False."""
    return st.integers(0, one_in - 1).map(lambda number: number == one_in - 1)


def mostly(usual: T, *others: T, one_in: int = 4) -> st.SearchStrategy[T]:
    """The usual value, or once in a while another; shrinks to the usual one."""
    return st.sampled_from([usual] * (one_in - 1) * len(others) + list(others)) if others else st.just(usual)


def some(values: tuple[T, ...] | list[T], most: int = 2) -> st.SearchStrategy[list[T]]:
    """A few of these, each once; shrinks to none."""
    if not values:
        return st.just([])
    return st.lists(st.sampled_from(values), max_size=most, unique=True)
