"""SIGKILL in the middle of a deployment: afterwards it is done whole or waits, never half."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from sfmeta.localorg.metadata.jobs import Jobs
from sfmeta.localorg.state import State
from tests.localorg.metadata.conftest import package_xml, xml

NAMES = tuple(f"S{number}" for number in range(20))
FILES = {
    "package.xml": package_xml({"PermissionSet": NAMES}),
    **{f"permissionsets/{name}.permissionset": xml("PermissionSet", "<label>S</label>") for name in NAMES},
}
# Runs what is due in a process of its own, and says so at the given moment of it; then it waits for its end.
CHILD = """
import sys
from pathlib import Path
from sfmeta.localorg.metadata import deploy, queue, running
from sfmeta.localorg.state import State

moment, path = sys.argv[1:]

def stop(*_, **__):
    print("now", flush=True)
    sys.stdin.read()

if moment == "middle":
    real, done = deploy.effects.replace, []
    def replace(*arguments, **options):
        done.append(1)
        return stop() if len(done) == 10 else real(*arguments, **options)
    deploy.effects.replace = replace
elif moment == "before the result":
    running._deploy_detail = stop
state = State.open(Path(path))
queue.settle(state)
stop()
"""


def names(api: Any) -> list[str]:
    return sorted(
        one["fullName"][0] for one in api.call("listMetadata", "<queries><type>PermissionSet</type></queries>")
    )


@pytest.mark.parametrize(
    ("moment", "status"), [("middle", "InProgress"), ("before the result", "InProgress"), ("end", "Succeeded")]
)
def test_killed(tmp_path: Path, open_org: Any, log_in: Any, moment: str, status: str) -> None:
    path = tmp_path / "org.sqlite"
    state = open_org(path)
    api = log_in(state)
    Jobs(state).set_mode("polls:10")
    job = api.start_deploy(FILES)
    assert [api.deploy_status(job)["status"] for _ in range(2)] == ["Pending", "InProgress"]
    Jobs(state).set_mode("immediate")
    state.close()

    command = [sys.executable, "-c", CHILD, moment, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"now\n"
        child.kill()
        assert child.wait() == -signal.SIGKILL

    api.state = state = State.open(path)
    assert Jobs(state).get(job, "deploy").status == status
    held = [
        row[0]
        for row in state.connection.execute("SELECT full_name FROM metadata_component WHERE type = 'PermissionSet'")
    ]
    assert sorted(held) == (sorted(NAMES) if status == "Succeeded" else [])
    # whoever comes next finds it carried out
    assert names(api) == sorted(NAMES)
    assert api.deploy_status(job)["status"] == "Succeeded"
    state.close()
