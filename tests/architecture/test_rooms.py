"""The rooms of the package: imports only go down, siblings never meet, each outside library stays in its room."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "sfmeta"

LEVEL = {
    "errors": 0,
    "model": 1,
    "codec": 2,
    "config": 2,
    "source": 3,
    "access": 3,
    "change": 3,
    "org": 4,
    "workspace": 4,
    "report": 4,
    "ops": 5,
    "cli": 6,
}
ISLAND = "localorg"

# outside library -> the rooms that may import it
LIBRARIES = {
    "lxml": {"codec"},
    "yaml": {"config", ISLAND},
    "jinja2": {"source", "report", ISLAND},
    "zeep": {"org"},
    "requests": {"org"},
    "urllib3": {"org"},
    "simple_salesforce": {"org"},
    "jwt": {"org", ISLAND},
    "git": {"workspace"},
    "keyring": {"workspace"},
    "pathspec": {"workspace"},
    "platformdirs": {"workspace"},
    "typer": {"cli"},
    "click": {"cli"},
    "rich": {"cli"},
    "h11": {ISLAND},
    "pytest": {ISLAND},
    "uvicorn": {ISLAND},
    "lark": {ISLAND},
    "python_multipart": {ISLAND},
    "trustme": {ISLAND},
    "certifi": {ISLAND},
    "cryptography": {"org", ISLAND},
}

# standard-library modules that touch the outside world, kept to the rooms that own that part of it
OUTSIDE_WORLD = {
    "subprocess": {"cli", "workspace", "org", ISLAND},
    "tempfile": {"workspace", "cli", ISLAND},
    "socket": {"org", ISLAND},
    "argparse": set[str](),
}


def modules() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def room_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports(path: Path) -> Iterator[tuple[str, int]]:
    """Every module that a file imports, wherever it does so, with the line."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, node.lineno
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: relative import; write it out"
            assert node.module is not None
            yield node.module, node.lineno
            for alias in node.names:
                if (PACKAGE.parent / Path(*node.module.split("."), alias.name)).with_suffix(".py").exists():
                    yield f"{node.module}.{alias.name}", node.lineno


def test_the_tree_holds_these_rooms_and_no_others() -> None:
    found = {room_of(path) for path in modules()} - {"__init__", "__main__"}
    assert found == set(LEVEL) | {ISLAND}


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_only_go_down(path: Path) -> None:
    room = room_of(path)
    if room == "__main__":
        room = "cli"
    for name, line in imports(path):
        parts = name.split(".")
        if parts[0] != "sfmeta" or len(parts) == 1:
            continue
        target = parts[1]
        where = f"{path.relative_to(PACKAGE)}:{line} imports {name}"
        if room == "__init__":
            pytest.fail(f"{where}: the package's root stays light")
        if target == room or target == "__version__":
            continue
        if room == ISLAND:
            assert target == "errors" or name.startswith("sfmeta.model.registry"), where
        elif target == ISLAND:
            assert room == "cli", where
        else:
            assert LEVEL[target] < LEVEL[room], where


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_each_library_stays_in_its_room(path: Path) -> None:
    room = "cli" if room_of(path) == "__main__" else room_of(path)
    for name, line in imports(path):
        top = name.split(".")[0]
        if top in ("sfmeta", "__future__"):
            continue
        where = f"{path.relative_to(PACKAGE)}:{line} imports {name}"
        if top in OUTSIDE_WORLD:
            assert room in OUTSIDE_WORLD[top], where
        elif top not in sys.stdlib_module_names:
            assert top in LIBRARIES, f"{where}: a new library needs its room here and its reason in the README"
            assert room in LIBRARIES[top], where


def test_no_import_cycles() -> None:
    graph: dict[str, set[str]] = {}
    names = {".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts): path for path in modules()}
    names = {name.removesuffix(".__init__"): path for name, path in names.items()}
    for name, path in names.items():
        graph[name] = {target for target, _ in imports(path) if target in names and target != name}
        if path.name != "__init__.py":
            # `from sfmeta.room import module` names the room too, but runs only its docstring
            graph[name] -= {n for n in graph[name] if names[n].name == "__init__.py"}

    def visit(name: str, trail: tuple[str, ...]) -> None:
        if name in trail:
            pytest.fail("import cycle: " + " -> ".join((*trail[trail.index(name) :], name)))
        if name in done:
            return
        for target in sorted(graph[name]):
            visit(target, (*trail, name))
        done.add(name)

    done: set[str] = set()
    for name in sorted(graph):
        visit(name, ())


@pytest.mark.parametrize(
    "path", [path for path in modules() if path.name == "__init__.py"], ids=lambda path: path.parent.name
)
def test_every_room_says_its_purpose_and_its_limits(path: Path) -> None:
    docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    assert docstring, path
    if path.parent != PACKAGE and path.parent.parent == PACKAGE:
        assert "May import" in docstring, f"{path}: say what this room may import"
        assert "Must not" in docstring, f"{path}: say what it must not do"


def test_no_module_is_named_for_nothing() -> None:
    nameless = {"utils", "util", "helpers", "helper", "common", "misc"}
    assert [path for path in modules() if path.stem in nameless or path.parent.name in nameless] == []


def test_the_pure_rooms_do_not_touch_the_outside_world() -> None:
    pure = {"model", "codec", "config", "source", "access", "change", "report"}
    offenders = []
    for path in modules():
        if room_of(path) not in pure:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                called = ast.unparse(node.func)
                if called in ("open", "print", "exit", "input") or called.startswith(
                    (
                        "os.environ",
                        "os.getenv",
                        "time.time",
                        "time.sleep",
                        "datetime.now",
                        "datetime.utcnow",
                        "sys.exit",
                    )
                ):
                    offenders.append(f"{path.relative_to(PACKAGE)}:{node.lineno} calls {called}")
    assert offenders == []


def test_only_the_command_line_reads_the_environment() -> None:
    offenders = []
    for path in modules():
        if room_of(path) in ("cli", ISLAND, "__main__"):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute) and ast.unparse(node) in (
                "os.environ",
                "os.getenv",
                "sys.argv",
            ):
                offenders.append(f"{path.relative_to(PACKAGE)}:{node.lineno}")
    assert offenders == []
