"""``sfmeta deploy`` sends nothing that locks somebody out who is not accepted by name."""

from __future__ import annotations

from tests.cli.conftest import Shop

BILLING = "billing.integration@acme.example"
ADMIN = "profiles: [Integration User]\n\n  # Our own, one of the newer sort."
"""The end of Billing Sync's grants."""


def deployments(shop: Shop) -> int:
    return len(shop.result("history")["deployments"])


def without_billing(shop: Shop) -> None:
    """A policy under which the integration user of Billing Sync is granted nothing."""
    shop.edit("policy.yml", ADMIN, ADMIN.replace("Integration User", "System Administrator"))
    shop.ok("generate")


def test_whoever_would_stop_is_named_and_nothing_is_sent(generated: Shop) -> None:
    without_billing(generated)
    ran = generated.run("deploy", "-m", "ConnectedApp:Billing_Sync", "-m", "PermissionSet:Allow_Billing_Sync", "--yes")
    assert ran.code == 4
    assert f"{BILLING} (integration user) with Billing Sync" in ran.err
    assert "1 user stops working" in ran.err
    assert deployments(generated) == 0


def test_a_loss_that_is_accepted_by_name_goes_through(generated: Shop) -> None:
    without_billing(generated)
    generated.edit(
        "policy.yml",
        "accepted_losses:\n",
        f"accepted_losses:\n  - {{user: {BILLING}, app: billing_sync, reason: SEC-9, "
        "approved_by: ciso@acme.example, until: 2036-12-31}\n",
    )
    words = ("deploy", "-m", "ConnectedApp:Billing_Sync", "-m", "PermissionSet:Allow_Billing_Sync")
    done = generated.result(*words)
    assert done["job"]["success"]
    assert done["forecast"]["counts"]["accepted"] == 1
    assert generated.result(*words)["forecast"] is None, "what changes nothing takes nothing away"


def test_what_hangs_on_an_open_question_needs_agreement(generated: Shop) -> None:
    words = ("deploy", "-m", "ConnectedApp:Billing_Sync", "-m", "PermissionSet:Allow_Billing_Sync")
    refused = generated.run(*words, "--json")
    assert refused.code == 4
    assert refused.document["error"]["code"] == "lock-out"
    assert "--accept-loss" in refused.document["error"]["message"]
    assert generated.result(*words, "--accept-loss")["job"]["success"]


def test_a_check_and_a_package_that_has_nothing_to_do_with_access_are_not_forecast(generated: Shop) -> None:
    generated.write(
        "force-app/main/default/labels/CustomLabels.labels-meta.xml",
        '<?xml version="1.0" encoding="UTF-8"?>\n<CustomLabels xmlns="http://soap.sforce.com/2006/04/metadata">\n'
        "    <labels>\n        <fullName>Hello</fullName>\n        <language>en_US</language>\n"
        "        <protected>false</protected>\n        <shortDescription>Hello</shortDescription>\n"
        "        <value>Hello</value>\n    </labels>\n</CustomLabels>\n",
    )
    assert generated.result("deploy", "-m", "CustomLabels:CustomLabels")["forecast"] is None
    without_billing(generated)
    assert generated.result("deploy", "--check-only")["forecast"] is None


def test_without_a_policy_nobody_is_accepted(generated: Shop) -> None:
    without_billing(generated)
    (generated.root / "policy.yml").unlink()
    ran = generated.run("deploy", "-m", "ConnectedApp:Billing_Sync", "-m", "PermissionSet:Allow_Billing_Sync")
    assert ran.code == 4
    assert "There is no policy.yml" in ran.err
    assert BILLING in ran.err


def test_an_emergency_may_skip_it(generated: Shop) -> None:
    without_billing(generated)
    words = ("-m", "ConnectedApp:Billing_Sync", "-m", "PermissionSet:Allow_Billing_Sync")
    done = generated.result("deploy", *words, "--skip-forecast")
    assert done["job"]["success"]
    assert done["forecast"] is None
