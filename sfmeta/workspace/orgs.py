"""The registry of orgs: ``orgs.json`` in the user's configuration folder. It holds names and places, no secret."""

from __future__ import annotations

import fcntl
import json
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from sfmeta.errors import OperationFailed, SourceError, UnknownOrg, UsageError
from sfmeta.model.names import OrgId
from sfmeta.workspace.files import write_atomic
from sfmeta.workspace.secrets import Place, SecretRef

_FORMAT = 1
_ALIAS = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@+-]{0,79}\Z")


@dataclass(frozen=True, slots=True)
class OrgRecord:
    """One org that the user has added.

    Attributes:
        alias: the user's name for it.
        login: the kind of login flow (``jwt``).
        instance_url: where its API was when it was added.
        username: who we are there.
        org_id: the org that answered then; another one is refused later.
        name: the organization's name.
        organization_type: as the org says.
        is_sandbox: as the org says.
        settings: what the login flow needs and is no secret, by name.
        secrets: where its secrets lie, by name.
    """

    alias: str
    login: str
    instance_url: str
    username: str
    org_id: OrgId
    name: str = ""
    organization_type: str = ""
    is_sandbox: bool = False
    settings: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, SecretRef] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Orgs:
    """All that the registry holds.

    Attributes:
        records: by alias, sorted.
        default: the alias that ``use`` has chosen, or "".
    """

    records: Mapping[str, OrgRecord]
    default: str = ""


class OrgRegistry:
    """Reads and changes the registry. Every change is written whole, and alone."""

    def __init__(self, directory: Path) -> None:
        """Args:
        directory: the user's configuration folder; made when something is written.
        """
        self.file = directory / "orgs.json"

    def all(self) -> Orgs:
        """Everything.

        Raises:
            SourceError: the file is damaged.
        """
        try:
            text = self.file.read_text(encoding="utf-8")
        except FileNotFoundError:
            return Orgs({})
        except OSError as exc:
            raise OperationFailed(f"cannot read {self.file}: {exc.strerror}") from exc
        except UnicodeDecodeError as exc:
            raise _damaged(self.file, "it is no text") from exc
        return _parse(text, self.file)

    def find(self, alias: str) -> OrgRecord:
        """One org.

        Args:
            alias: "" for the default org.

        Raises:
            UnknownOrg: there is none of that name, or no default.
        """
        orgs = self.all()
        wanted = alias or orgs.default
        if not wanted:
            raise UnknownOrg("no org was named and there is no default org", _how_to_name_one(orgs))
        if wanted not in orgs.records:
            raise UnknownOrg(f"no org '{wanted}' is known", _how_to_name_one(orgs))
        return orgs.records[wanted]

    def save(self, record: OrgRecord, *, make_default: bool = False) -> None:
        """Adds an org, or replaces the one of that alias."""
        with self._changing() as orgs:
            records = {**orgs.records, record.alias: record}
            self._write(Orgs(records, record.alias if make_default else orgs.default))

    def remove(self, alias: str) -> OrgRecord:
        """Forgets an org; returns what was known, so that its secrets can be deleted.

        Raises:
            UnknownOrg: there is none of that name.
        """
        with self._changing() as orgs:
            if alias not in orgs.records:
                raise UnknownOrg(f"no org '{alias}' is known", _how_to_name_one(orgs))
            records = {name: record for name, record in orgs.records.items() if name != alias}
            self._write(Orgs(records, "" if orgs.default == alias else orgs.default))
            return orgs.records[alias]

    def use(self, alias: str) -> None:
        """Makes an org the default.

        Raises:
            UnknownOrg: there is none of that name.
        """
        with self._changing() as orgs:
            if alias not in orgs.records:
                raise UnknownOrg(f"no org '{alias}' is known", _how_to_name_one(orgs))
            self._write(Orgs(orgs.records, alias))

    @contextmanager
    def _changing(self) -> Iterator[Orgs]:
        """The registry as it is, while nobody else changes it."""
        lock_file = self.file.with_name("orgs.lock")
        try:
            lock_file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            handle = os.open(lock_file, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        except OSError as exc:
            raise OperationFailed(
                f"cannot write in {lock_file.parent}: {exc.strerror}", "Check that you may write there"
            ) from exc
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield self.all()
        finally:
            os.close(handle)

    def _write(self, orgs: Orgs) -> None:
        document = {
            "version": _FORMAT,
            "default": orgs.default,
            "orgs": {alias: _to_json(record) for alias, record in sorted(orgs.records.items())},
        }
        write_atomic(self.file, (json.dumps(document, indent=2, ensure_ascii=False) + "\n").encode(), mode=0o600)


def check_alias(alias: str) -> str:
    """The alias itself, when it can be one.

    Raises:
        UsageError: it cannot.
    """
    if not _ALIAS.match(alias):
        raise UsageError(f"'{alias}' cannot be an alias", "Use letters, digits and . _ - @ +")
    return alias


def _to_json(record: OrgRecord) -> dict[str, object]:
    return {
        "login": record.login,
        "instance_url": record.instance_url,
        "username": record.username,
        "org_id": str(record.org_id),
        "name": record.name,
        "organization_type": record.organization_type,
        "is_sandbox": record.is_sandbox,
        "settings": dict(record.settings),
        "secrets": {name: {"in": str(ref.place), "name": ref.name} for name, ref in record.secrets.items()},
    }


def _parse(text: str, file: Path) -> Orgs:
    try:
        document = json.loads(text)
    except json.JSONDecodeError as exc:
        raise SourceError.at(
            f"the registry of orgs is damaged: {exc.msg}", str(file), exc.lineno, exc.colno, _REPAIR
        ) from exc
    except RecursionError as exc:
        raise _damaged(file, "it is nested too deeply") from exc
    if not isinstance(document, dict) or document.get("version") != _FORMAT:
        raise _damaged(file, f"it is not of version {_FORMAT}")
    entries, default = document.get("orgs"), document.get("default")
    if not isinstance(entries, dict) or not isinstance(default, str):
        raise _damaged(file, "it lacks 'orgs' or 'default'")
    try:
        records = {alias: _record(alias, entry) for alias, entry in sorted(entries.items())}
    except (KeyError, TypeError, ValueError, AttributeError, UsageError) as exc:
        raise _damaged(file, "an entry is not as sfmeta writes it") from exc
    return Orgs(records, default if default in records else "")


def _record(alias: str, entry: Mapping[str, object]) -> OrgRecord:
    def text(key: str) -> str:
        value = entry[key]
        if not isinstance(value, str):
            raise TypeError(key)
        return value

    def table(key: str) -> Mapping[str, object]:
        value = entry[key]
        if not isinstance(value, dict):
            raise TypeError(key)
        return value

    secrets: dict[str, SecretRef] = {}
    for name, ref in table("secrets").items():
        if not isinstance(ref, dict):
            raise TypeError(name)
        secrets[name] = SecretRef(Place(ref["in"]), str(ref["name"]))
    return OrgRecord(
        alias=check_alias(alias),
        login=text("login"),
        instance_url=text("instance_url"),
        username=text("username"),
        org_id=OrgId.parse(text("org_id")),
        name=text("name"),
        organization_type=text("organization_type"),
        is_sandbox=entry["is_sandbox"] is True,
        settings={name: str(value) for name, value in table("settings").items()},
        secrets=secrets,
    )


_REPAIR = "Repair it, or move it away and add your orgs again"


def _damaged(file: Path, why: str) -> SourceError:
    return SourceError.at(f"the registry of orgs is damaged: {why}", str(file), hint=_REPAIR)


def _how_to_name_one(orgs: Orgs) -> str:
    if not orgs.records:
        return "Add one first: sfmeta org add"
    return f"Known: {', '.join(orgs.records)}. Name one with --target-org, or choose a default: sfmeta org use"
