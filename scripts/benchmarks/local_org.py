"""The local org as a stranger meets it: how soon it is there, how large it is, what it bears."""

from __future__ import annotations

import base64
import http.client
import io
import json
import os
import statistics
import subprocess
import threading
import time
import zipfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlsplit

from benchmarks.bench import Bench
from benchmarks.measure import MeasuredProcessError, Result

START_TARGET_S = 0.4
IDLE_TARGET_MB = 60.0
DEPLOY_TARGET_S = 3.0
SEED_TARGET_S = 20.0
CHUNK_TARGET_S = 0.05
_DEADLINE_S = 300.0
_XML = '<?xml version="1.0" encoding="UTF-8"?>\n'
_METADATA = "http://soap.sforce.com/2006/04/metadata"
_CLIENTS, _POLLS = 200, 25
_USERS, _APPS = 20_000, 10
_TOKENS = _USERS * _APPS
_CHUNK = 100


@dataclass(frozen=True, slots=True)
class _Running:
    """An org in a process of its own.

    Attributes:
        pid: of the process.
        host: and port, of its URL.
        token: a session of its admin.
        seconds: from the start of the process to the ready file.
    """

    pid: int
    host: str
    token: str
    seconds: float

    @property
    def resident_mb(self) -> float:
        """What it holds in memory now."""
        line = next(
            text for text in Path(f"/proc/{self.pid}/status").read_text().splitlines() if text.startswith("VmRSS")
        )
        return int(line.split()[1]) / 1024

    @property
    def cpu_seconds(self) -> float:
        """What it spent on the processor so far."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def _org(bench: Bench, folder: Path, *options: object) -> Iterator[_Running]:
    """An org for the time of the block; its start is watched more closely than elsewhere."""
    folder.mkdir(parents=True, exist_ok=True)
    ready = folder / "ready.json"
    command = [str(bench.sfmeta.command), "localorg", "start", "--ready-file", str(ready), *map(str, options)]
    with (folder / "org.log").open("wb") as log:
        start = time.perf_counter()
        process = subprocess.Popen(command, env=bench.sfmeta.env, cwd=folder, stdout=log, stderr=log)
        try:
            while not ready.exists():
                if process.poll() is not None or time.perf_counter() - start > _DEADLINE_S:
                    raise MeasuredProcessError(f"the local org did not start: {(folder / 'org.log').read_text()}")
                time.sleep(0.001)
            seconds = time.perf_counter() - start
            facts = json.loads(ready.read_bytes())
            yield _Running(process.pid, urlsplit(facts["url"]).netloc, facts["admin"]["access_token"], seconds)
        finally:
            process.terminate()
            process.wait(60)


def start(bench: Bench) -> list[Result]:
    """From the start of the process to the ready file and the first answer, and what it then holds in memory."""
    folder = bench.folder("local-org-start")
    ready, answered, resident = [], [], []
    for turn in range(bench.runs + 1):
        with _org(bench, folder / str(turn), "--seed", "acme") as org:
            begun = time.perf_counter()
            _get(org, "/services/data/v63.0/limits")
            first = time.perf_counter() - begun
            time.sleep(1)
            if turn:  # the first one warms the machine's caches
                ready.append(org.seconds)
                answered.append(org.seconds + first)
                resident.append(org.resident_mb)
    details = {"ready_s": ready, "first_answer_s": answered}
    return [
        Result(
            "local-org-start",
            "sfmeta localorg start: from exec to the ready file",
            statistics.median(ready),
            START_TARGET_S,
            "s",
            details=details,
        ),
        Result(
            "local-org-idle",
            "resident memory after the first answer, one second idle",
            max(resident),
            IDLE_TARGET_MB,
            "MB",
            details={"resident_mb": resident},
        ),
    ]


def many_files(bench: Bench) -> list[Result]:
    """Zips of 10,000 files deployed by SOAP: the org's own time on the processor, which is one core's."""
    folder = bench.folder("local-org-deploy")
    return [
        _deployed(bench, folder / "classes", "local-org-deploy", "10,000 files (4,999 Apex classes)", _classes(4_999)),
        _deployed(bench, folder / "sets", "local-org-sets", "10,000 files (9,999 permission sets)", _sets(9_999)),
    ]


def _deployed(bench: Bench, folder: Path, name: str, what: str, content: bytes) -> Result:
    spent, wall = [], []
    encoded = base64.b64encode(content).decode()
    for turn in range(min(bench.runs, 3)):
        with _org(bench, folder / str(turn), "--seed", "empty") as org:
            cpu, begun = org.cpu_seconds, time.perf_counter()
            options = "<DeployOptions><rollbackOnError>true</rollbackOnError><singlePackage>true</singlePackage>"
            answer = _soap(org, "deploy", f"<ZipFile>{encoded}</ZipFile>{options}</DeployOptions>")
            job = answer.partition("<id>")[2][:18]
            while "<done>true</done>" not in (answer := _poll(org, job)):
                pass
            wall.append(time.perf_counter() - begun)
            spent.append(org.cpu_seconds - cpu)
            if "<status>Succeeded</status>" not in answer:
                raise MeasuredProcessError(f"the deployment failed: {answer[:2000]}")
    details = {"cpu_s": spent, "wall_s": wall}
    told = f"{what} deployed and polled to the end: the org's time on the processor"
    return Result(name, told, min(spent), DEPLOY_TARGET_S, "s", details=details)


def many_clients(bench: Bench) -> list[Result]:
    """200 clients, each on a connection of its own, poll a deployment at the same time; what counts is the errors."""
    folder = bench.folder("local-org-polls")
    with _org(bench, folder, "--seed", "empty") as org:
        zipped = base64.b64encode(_classes(1)).decode()
        job = _soap(org, "deploy", f"<ZipFile>{zipped}</ZipFile>").partition("<id>")[2][:18]
        errors: list[str] = []
        ready = threading.Barrier(_CLIENTS + 1)

        def client() -> None:
            with closing(_connection(org)) as connection:
                ready.wait()
                for _ in range(_POLLS):
                    try:
                        if "<done>true</done>" not in _poll(org, job, connection):
                            errors.append("another answer")
                    except (OSError, http.client.HTTPException) as error:
                        errors.append(repr(error))
                        return

        threads = [threading.Thread(target=client) for _ in range(_CLIENTS)]
        for thread in threads:
            thread.start()
        ready.wait()
        begun = time.perf_counter()
        for thread in threads:
            thread.join()
        seconds = time.perf_counter() - begun
        details = {"requests_per_s": _CLIENTS * _POLLS / seconds, "resident_mb": org.resident_mb, "errors": errors[:5]}
    what = f"{_CLIENTS} clients poll {_POLLS} times each, all at once: errors"
    return [Result("local-org-polls", what, float(len(errors)), 0.0, "errors", details=details)]


def many_tokens(bench: Bench) -> list[Result]:
    """200,000 authorisations in a seed, and then asked for by their users, a hundred at a time."""
    folder = bench.folder("local-org-tokens")
    seed = folder / "seed.json"
    users = [f"user{number}@bench.example" for number in range(_USERS)]
    apps = [f"App {number}" for number in range(_APPS)]
    content = {
        "org": {"name": "Bench"},
        "admin": "admin@bench.example",
        "profiles": [
            {
                "name": "System Administrator",
                "full_name": "Admin",
                "permissions": ["ApiEnabled", "CustomizeApplication", "ModifyAllData", "ModifyMetadata", "ViewSetup"],
            }
        ],
        "users": [{"username": name, "profile": "System Administrator"} for name in ("admin@bench.example", *users)],
        "apps": [{"label": label, "ownership": "uninstalled", "consumer_key": label} for label in apps],
        "tokens": [{"user": user, "app": app, "uses": 3} for user in users for app in apps],
    }
    seed.write_text(json.dumps(content))
    with _org(bench, folder / "org", "--seed", seed) as org:
        ids = [row["Id"] for row in _query(org, "SELECT Id FROM User WHERE Username LIKE 'user%' ORDER BY Username")]
        times, rows = [], 0
        for at in range(0, len(ids), _CHUNK):
            listed = ", ".join(f"'{one}'" for one in ids[at : at + _CHUNK])
            soql = f"SELECT AppName, UserId, UseCount, LastUsedDate FROM OauthToken WHERE UserId IN ({listed})"
            begun = time.perf_counter()
            rows += len(_query(org, soql))
            times.append(time.perf_counter() - begun)
        seconds, resident = org.seconds, org.resident_mb
    reason = "" if rows == _TOKENS else f"{rows} rows instead of {_TOKENS}"
    details = {"resident_mb": resident, "chunk_s": times}
    return [
        Result(
            "local-org-seed",
            f"an org with {_TOKENS:,} OauthToken rows, from exec to the ready file",
            seconds,
            SEED_TARGET_S,
            "s",
        ),
        Result(
            "local-org-chunk",
            f"OauthToken of {_CHUNK} users ({_CHUNK * _APPS} rows) among them, by UserId IN: median",
            statistics.median(times),
            CHUNK_TARGET_S,
            "s",
            reason,
            details,
        ),
    ]


def _connection(org: _Running) -> http.client.HTTPConnection:
    return http.client.HTTPConnection(org.host, timeout=_DEADLINE_S)


def _get(org: _Running, path: str) -> bytes:
    with closing(_connection(org)) as connection:
        connection.request("GET", path, headers={"Authorization": f"Bearer {org.token}"})
        answer = connection.getresponse()
        body = answer.read()
        if answer.status != 200:
            raise MeasuredProcessError(f"{path}: {answer.status} {body[:500]!r}")
        return body


def _query(org: _Running, soql: str) -> list[dict[str, object]]:
    page = json.loads(_get(org, f"/services/data/v63.0/query?q={quote(soql)}"))
    records: list[dict[str, object]] = page["records"]
    while not page["done"]:
        page = json.loads(_get(org, page["nextRecordsUrl"]))
        records += page["records"]
    return records


def _soap(org: _Running, operation: str, inside: str, connection: http.client.HTTPConnection | None = None) -> str:
    body = (
        '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/" '
        'xmlns="http://soap.sforce.com/2006/04/metadata"><e:Header><SessionHeader>'
        f"<sessionId>{org.token}</sessionId></SessionHeader></e:Header>"
        f"<e:Body><{operation}>{inside}</{operation}></e:Body></e:Envelope>"
    )
    used = connection or _connection(org)
    try:
        used.request("POST", "/services/Soap/m/63.0", body.encode(), {"Content-Type": "text/xml"})
        return used.getresponse().read().decode()
    finally:
        if connection is None:
            used.close()


def _poll(org: _Running, job: str, connection: http.client.HTTPConnection | None = None) -> str:
    inside = f"<asyncProcessId>{job}</asyncProcessId><includeDetails>false</includeDetails>"
    return _soap(org, "checkDeployStatus", inside, connection)


def _classes(count: int) -> bytes:
    """A package of so many Apex classes, two files each."""
    meta = (
        f'{_XML}<ApexClass xmlns="{_METADATA}">\n'
        "    <apiVersion>63.0</apiVersion>\n    <status>Active</status>\n</ApexClass>\n"
    )
    files = {}
    for number in range(count):
        files[f"classes/Bench_{number}.cls"] = f"public class Bench_{number} {{ }}"
        files[f"classes/Bench_{number}.cls-meta.xml"] = meta
    return _package("ApexClass", files)


def _sets(count: int) -> bytes:
    """A package of so many permission sets with two permissions each."""
    permissions = "".join(
        f"    <userPermissions>\n        <enabled>true</enabled>\n        <name>{name}</name>\n    </userPermissions>\n"
        for name in ("ApiEnabled", "ViewSetup")
    )
    return _package(
        "PermissionSet",
        {
            f"permissionsets/Bench_{number}.permissionset": f'{_XML}<PermissionSet xmlns="{_METADATA}">\n'
            f"    <label>Bench {number}</label>\n{permissions}</PermissionSet>\n"
            for number in range(count)
        },
    )


def _package(type_name: str, files: dict[str, str]) -> bytes:
    types = f"<types><members>*</members><name>{type_name}</name></types>"
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr("package.xml", f'{_XML}<Package xmlns="{_METADATA}">{types}<version>63.0</version></Package>')
        for path, text in files.items():
            archive.writestr(path, text)
    return sink.getvalue()
