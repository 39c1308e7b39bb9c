"""For the tests of other projects: ``def test_deploys(local_org): ...`` has a Salesforce org of its own.

``pip install 'sfmeta[localorg]'`` is enough; pytest finds the plugin by itself. Fixtures:

``local_org``
    An org for this test. ``@pytest.mark.local_org(seed="acme", tls=True)`` says which; without it the ini option
    ``local_org_seed`` does (``empty`` unless set; a file is meant from the folder of the ini file).
``local_org_factory``
    Starts as many as a test asks for: ``local_org_factory(seed="acme", production=True, subprocess=True)``.
``shared_local_org``
    One org for the whole session, for tests that only look.

An org lives on a thread of the test's process, or with ``subprocess=True`` in one of its own. Nothing of sfmeta is
imported before a test asks for an org.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from inspect import signature
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import pytest

if TYPE_CHECKING:
    from sfmeta.localorg.running.process import LocalOrgProcess
    from sfmeta.localorg.running.server import LocalOrg

_SEED = "local_org_seed"
_SUBPROCESS = "local_org_subprocess"


class Factory(Protocol):
    """Starts orgs that end with the test."""

    def __call__(self, seed: str | None = None, *, subprocess: bool | None = None, **options: Any) -> Any:
        """Starts one.

        Args:
            seed: ``empty``, ``acme`` or a file; the ini option ``local_org_seed`` unless given.
            subprocess: in a process of its own; the ini option ``local_org_subprocess`` unless given.
            options: ``production``, ``tls``, ``data``, ``port``, ``listen``, ``ready_file``, ``findings``: see
                ``LocalOrg``.

        Returns:
            A ``LocalOrg``, or a ``LocalOrgProcess``.
        """


def pytest_addoption(parser: pytest.Parser) -> None:
    """The ini options."""
    parser.addini(_SEED, "what a local org holds: empty, acme or a seed file", default="empty")
    parser.addini(_SUBPROCESS, "run local orgs in processes of their own", type="bool", default=False)


def pytest_configure(config: pytest.Config) -> None:
    """The marker, so that it stands strict checks."""
    text = "local_org(seed, *, subprocess, production, tls, ...): which org the fixture local_org starts"
    config.addinivalue_line("markers", text)


def _start(config: pytest.Config, seed: str | None, subprocess: bool | None, options: dict[str, Any]) -> Any:
    __tracebackhide__ = True
    from sfmeta.localorg.running.process import LocalOrgProcess
    from sfmeta.localorg.running.server import LocalOrg

    own_process = bool(config.getini(_SUBPROCESS)) if subprocess is None else subprocess
    kind: type[LocalOrg | LocalOrgProcess] = LocalOrgProcess if own_process else LocalOrg
    known = [*signature(kind).parameters, "subprocess"]
    unknown = [name for name in options if name not in known]
    if unknown:
        raise pytest.UsageError(f"a local org has no option {', '.join(unknown)}; it has {', '.join(known)}")
    return kind(_seed_of(config) if seed is None else seed, **options)


def _seed_of(config: pytest.Config) -> str:
    """The seed of the ini file: one that ships with sfmeta, or a file, relative to the ini file's own folder."""
    from sfmeta.localorg.seed.reader import SHIPPED

    named = str(config.getini(_SEED))
    if named in SHIPPED:
        return named
    folder = config.inipath.parent if config.inipath is not None else config.rootpath
    return str(folder / Path(named).expanduser())


@pytest.fixture
def local_org_factory(request: pytest.FixtureRequest) -> Iterator[Factory]:
    """Starts local orgs; all of them end with the test."""
    with ExitStack() as running:

        def factory(seed: str | None = None, *, subprocess: bool | None = None, **options: Any) -> Any:
            return running.enter_context(_start(request.config, seed, subprocess, options))

        yield factory


@pytest.fixture
def local_org(request: pytest.FixtureRequest, local_org_factory: Factory) -> LocalOrg | LocalOrgProcess:
    """A local org for this test; the marker ``local_org`` says which."""
    __tracebackhide__ = True
    marker = request.node.get_closest_marker("local_org")
    args, options = (marker.args, marker.kwargs) if marker else ((), {})
    if len(args) > 1 or (args and "seed" in options):
        raise pytest.UsageError(f"the marker local_org takes one seed: {', '.join(map(repr, args))}")
    org: LocalOrg | LocalOrgProcess = local_org_factory(*args, **options)
    return org


@pytest.fixture(scope="session")
def shared_local_org(request: pytest.FixtureRequest) -> Iterator[LocalOrg | LocalOrgProcess]:
    """One local org for all tests that only look at it."""
    with _start(request.config, None, None, {}) as org:
        yield org
