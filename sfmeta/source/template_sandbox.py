"""Where templates run: a sandbox in which a missing value is noted and rendering goes on, so that all are found."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NoReturn

from jinja2 import BaseLoader, Environment, TemplateNotFound, Undefined
from jinja2.sandbox import ImmutableSandboxedEnvironment


@dataclass(frozen=True, slots=True)
class Source:
    """One template.

    Attributes:
        path: as the user knows it.
        text: its content.
        own: it is the project's, not ours.
    """

    path: str
    text: str
    own: bool


@dataclass(slots=True)
class Gaps:
    """What a template used while it was rendered, and should not have."""

    names: dict[str, str] = field(default_factory=dict)


class _Loader(BaseLoader):
    def __init__(self, sources: Mapping[str, Source]) -> None:
        self._sources = sources

    def get_source(self, environment: Environment, template: str) -> tuple[str, str, Callable[[], bool]]:  # noqa: ARG002
        source = self._sources.get(template)
        if source is None:
            raise TemplateNotFound(template)
        return source.text, source.path, lambda: True


def sandbox(sources: Mapping[str, Source], gaps: Gaps) -> Environment:
    """A sandbox in which a missing value is noted and rendering goes on, so that all are found at once."""

    class Missing(Undefined):
        def _note(self, *_: object) -> str:
            name = str(self._undefined_name)
            full = name if self._undefined_obj is _NO_OBJECT else f"?.{name}"
            gaps.names.setdefault(full, f"the template uses '{name}', which has no value")
            return ""

        def _nothing(self, *_: object) -> Iterator[NoReturn]:
            self._note()
            return iter(())

        def _false(self, *_: object) -> bool:
            self._note()
            return False

        def _zero(self) -> int:
            self._note()
            return 0

        def _itself(self, *_: object) -> object:
            self._note()
            return self

        def __getattr__(self, name: str) -> object:
            if name[:2] == "__":
                raise AttributeError(name)  # Python asks for such names itself, to find out what the object can do
            return self._itself()

        __getitem__ = __call__ = __add__ = __radd__ = _itself  # type: ignore[assignment]
        __str__ = __html__ = _note
        __iter__ = _nothing
        __bool__ = __eq__ = __ne__ = __contains__ = _false
        __len__ = _zero
        __hash__ = Undefined.__hash__

    def only_text(value: object) -> object:
        if isinstance(value, str | Undefined) or (isinstance(value, int) and not isinstance(value, bool)):
            return value
        gaps.names.setdefault(f"a {type(value).__name__}", f"the template writes a {type(value).__name__}, not a text")
        return ""

    return ImmutableSandboxedEnvironment(
        loader=_Loader(sources),
        autoescape=True,
        undefined=Missing,
        finalize=only_text,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        cache_size=-1,
    )


_NO_OBJECT = Undefined(name="")._undefined_obj
