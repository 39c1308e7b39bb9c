"""Values that must never be shown, written or pickled."""

from __future__ import annotations

from typing import NoReturn


class Secret:
    """A token, password, consumer secret or private key.

    It has no repr, no str and no pickle: a secret that reaches a log, an error or a file by accident shows as
    ``***``. ``reveal()`` is the one way out, called only where the value goes onto the wire or into the keyring.
    """

    __slots__ = ("__value",)

    def __init__(self, value: str) -> None:
        self.__value = value

    def reveal(self) -> str:
        """The value itself. Do not put the result into anything that outlives the call."""
        return self.__value

    def __repr__(self) -> str:
        return "Secret('***')"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return "***"

    def __bool__(self) -> bool:
        return bool(self.__value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other.reveal() == self.__value

    def __hash__(self) -> int:
        return hash(("Secret", self.__value))

    def __reduce__(self) -> NoReturn:
        raise TypeError("a Secret is never pickled or copied to disk")
