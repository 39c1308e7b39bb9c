"""Questions about permission sets and their assignments; the only user in them is our own."""

from __future__ import annotations

from datetime import timedelta

from sfmeta.errors import OrgRefused
from sfmeta.model.names import ComponentId
from sfmeta.ops.probe.answer import Learned, NotSettled
from sfmeta.ops.probe.bench import Bench
from sfmeta.ops.probe.question import Question
from sfmeta.org.soql import quoted

_LAPSE_MARGIN_S = 120.0


def _past_expiration(bench: Bench) -> Learned:
    name, made = bench.permission_set()
    # that it can be assigned at all, so that a refusal is about the date
    bench.org.delete_record("PermissionSetAssignment", bench.assign(made))
    try:
        bench.assign(made, bench.now - timedelta(days=1))
    except OrgRefused as error:
        return Learned(True, f"Assigning {name} until yesterday was refused: {error.message}")
    return Learned(False, f"Assigning {name} until yesterday was accepted")


def _lapsed_assignment(bench: Bench) -> Learned:
    name, made = bench.permission_set()
    try:
        first = bench.assign(made, bench.soon())
    except OrgRefused as error:
        raise NotSettled(f"the org takes no assignment that ends in {bench.pace.lapse_s:g} seconds: {error}") from error
    soql = f"SELECT IsActive FROM PermissionSetAssignment WHERE Id = {quoted(first)}"  # noqa: S608 (quoted)
    bench.wait(
        lambda: not any(row.get("IsActive") is True for row in bench.rows(soql)),
        "the assignment did not lapse in time",
        bench.pace.lapse_s + _LAPSE_MARGIN_S,
    )
    try:
        bench.assign(made)
    except OrgRefused as error:
        return Learned(True, f"Once {name} had lapsed, assigning it again was refused: {error.message}")
    return Learned(False, f"Once {name} had lapsed, it could be assigned again")


def _assigned_set_deleted(bench: Bench) -> Learned:
    name, made = bench.permission_set()
    bench.assign(made)
    refused = bench.undeploy(ComponentId.of("PermissionSet", name))
    there = bool(bench.rows(f"SELECT Id FROM PermissionSet WHERE Name = {quoted(name)}"))  # noqa: S608 (quoted)
    if bool(refused) is not there:
        raise NotSettled("the deployment's word and what is there then disagree")
    if there:
        return Learned(False, f"Deleting {name}, assigned to our user, by a deployment was refused: {refused}")
    return Learned(True, f"{name}, assigned to our user, was deleted by a deployment")


_BACK = "the assignment and the permission set are deleted"

QUESTIONS = (
    Question(
        "past_expiration_is_refused",
        "Is an assignment of a permission set with an end in the past refused?",
        "an empty permission set",
        "it is assigned to our own user without an end, which is taken back, and then until yesterday",
        _BACK,
        _past_expiration,
    ),
    Question(
        "lapsed_assignment_is_duplicate",
        "Does an assignment that has lapsed stand in the way of a new one?",
        "an empty permission set",
        "it is assigned to our own user for some seconds, and again when that is over",
        _BACK,
        _lapsed_assignment,
    ),
    Question(
        "assigned_permission_set_can_be_deleted",
        "Can a deployment delete a permission set that is assigned to somebody?",
        "an empty permission set, assigned to our own user",
        "a deployment deletes it",
        _BACK,
        _assigned_set_deleted,
    ),
)
"""In this order."""
