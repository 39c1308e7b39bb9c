"""What survives a killed process, and what a secret never reaches."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest

from sfmeta.localorg.metadata.jobs import Jobs
from tests.cli.conftest import Shop

PASSWORD = "acme-demo-1"
ROGUE_TOKEN = "refresh-rogue-former"
ROGUE_SECRET = "made-up-secret-of-rogue"


def wait_until_sent(shop: Shop) -> str:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        entries = shop.result("history")["deployments"]
        if entries and entries[0]["stage"] == "sent":
            job: str = entries[0]["job_id"]
            return job
    pytest.fail("the deployment was never sent")


def test_a_kill_between_sent_and_finished_is_picked_up(generated: Shop) -> None:
    jobs = Jobs(generated.org.state)
    process = generated.process("deploy", "--skip-forecast", "--async")
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, (out, err)
    first = wait_until_sent(generated)
    assert generated.result("job", "resume", first)["job"]["success"]

    # now one that is killed while it waits
    generated.edit("policy.yml", "expire_if_unused_for: 30 days", "expire_after: 7 days")
    generated.ok("generate")
    generated.folder.commit("second")
    process = generated.process("deploy", "--skip-forecast")
    jobs.set_mode("polls:12")
    job = wait_until_sent(generated)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert process.returncode == -signal.SIGKILL

    jobs.set_mode("immediate")
    refused = generated.run("deploy", "--skip-forecast", "--json")
    assert refused.code == 4
    assert job in refused.document["error"]["message"]
    resumed = generated.result("job", "resume", job)
    assert resumed["job"]["success"]
    assert resumed["not_as_sent"] == []
    assert generated.result("verify")["changes"] == []
    stages = [entry["stage"] for entry in generated.result("history")["deployments"]]
    assert stages == ["finished", "finished"]


def test_no_secret_reaches_output_files_or_git(generated: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop = generated
    monkeypatch.setenv("PW", PASSWORD)
    monkeypatch.setenv("TOKEN", ROGUE_TOKEN)
    monkeypatch.setenv("SECRET", ROGUE_SECRET)
    monkeypatch.setenv("ADMIN_TOKEN", shop.org.admin.access_token)
    said = []
    rogue = ["--client-id", "localorg.rogue.exporter", "--refresh-token-env", "TOKEN", "--client-secret-env", "SECRET"]
    for words in (
        ["org", "add", "soap", "-u", "soapui.dev@acme.example", "--password-env", "PW", "--login-url", shop.org.url],
        ["org", "add", "rogue", *rogue, "--login-url", shop.org.url],
        ["org", "add", "token", "--access-token-env", "ADMIN_TOKEN", "-r", shop.org.url],
        ["org", "show", "token"],
        ["deploy", "-o", "token", "--verbose"],
        ["verify", "-o", "soap"],
        ["retrieve", "-o", "token", "-m", "ConnectedApp:Billing_Sync", "--target", "out"],
        ["history", "-o", "token", "--json"],
    ):
        ran = shop.run(*words)
        said.append(ran.out + ran.err)
    key = Path(str(shop.org.admin.private_key_file)).read_text(encoding="utf-8").splitlines()[5]
    secrets = [PASSWORD, ROGUE_TOKEN, ROGUE_SECRET, shop.org.admin.access_token, key, "made-up-secret-of-billing"]
    places = [path for path in shop.root.rglob("*") if path.is_file() and ".git/" not in path.as_posix()]
    places += [path for path in Path(os.environ["SFMETA_HOME"]).rglob("*") if path.is_file()]
    texts = [*said, *(path.read_bytes().decode("utf-8", "replace") for path in places)]
    names = shop.folder.git("cat-file", "--batch-all-objects", "--batch-check=%(objectname)").split()
    texts += [shop.folder.git("cat-file", "-p", name) for name in names]
    assert any("Billing_Sync" in text for text in texts)
    for secret in secrets:
        assert not any(secret in text for text in texts), secret
