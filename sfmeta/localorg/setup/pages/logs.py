"""What the org has seen: Login History, Deployment Status, View Setup Audit Trail; and what it is."""

from __future__ import annotations

from typing import Any

from sfmeta.localorg.assumptions import ASSUMPTIONS, assumed
from sfmeta.localorg.features import FEATURES
from sfmeta.localorg.metadata.answers import component_messages, deploy_result
from sfmeta.localorg.metadata.faults import SoapFault
from sfmeta.localorg.metadata.jobs import CANCELED, DEPLOY, Job, Jobs
from sfmeta.localorg.metadata.queue import settle
from sfmeta.localorg.setup.boxes import BOX_LABELS, has_boxes
from sfmeta.localorg.setup.pages.page import Page, Visit
from sfmeta.localorg.setup.refused import SetupRefused
from sfmeta.localorg.versions import MAXIMUM

LOGINS, DEPLOYMENTS, TRAIL = "login-history", "deployments", "audit-trail"
_SHOWN = 200


def home_page(visit: Visit) -> Page:
    """What the org is, and its clock."""
    org, records = visit.state.org, visit.state.records
    answers = [
        {"name": name, "question": one.question, "answer": assumed(org, name)} for name, one in ASSUMPTIONS.items()
    ]
    content = {
        "features": [{"name": name, "text": text, "on": org.has_feature(name)} for name, text in FEATURES.items()],
        "assumptions": answers,
        "given": set(org.assumptions),
        "boxes": [(label, org.setting(name)) for name, label in BOX_LABELS.items()] if has_boxes(visit.state) else [],
        "users": records.count("User") - records.count("User", IsActive=False),
        "offset": visit.state.clock.offset,
    }
    return Page("home", "Company Information", content)


def logins_page(visit: Visit) -> Page:
    """Login History, the latest first."""
    logins = visit.state.records.latest("LoginHistory", "LoginTime", _SHOWN)
    rows = [{"login": row, "user": _username(visit, row.text("UserId"))} for row in logins]
    return Page("login_history", "Login History", {"rows": rows, "total": _total(visit, "LoginHistory")}, LOGINS)


def deployments_page(visit: Visit) -> Page:
    """Deployment Status: what is under way or pending, what failed and what succeeded."""
    settle(visit.state)
    rows = [_deployment(visit, job) for job in Jobs(visit.state).all(DEPLOY)]
    content = {
        "pending": [row for row in rows if not row["job"].is_final],
        "failed": [row for row in rows if row["job"].status in ("Failed", CANCELED)],
        "succeeded": [row for row in rows if row["job"].status in ("Succeeded", "SucceededPartial")],
    }
    return Page("deployments", "Deployment Status", content, DEPLOYMENTS)


def deployment_page(visit: Visit) -> Page:
    """One deployment, with its components and errors."""
    settle(visit.state)
    jobs = Jobs(visit.state)
    try:
        job = jobs.get(visit.id, DEPLOY)
    except SoapFault as fault:
        raise SetupRefused("setup-not-there", kind="deployment", name=visit.id) from fault
    messages = [dict(one) for one in component_messages(jobs.detail(job))]
    content = {
        **_deployment(visit, job),
        "failures": [one for one in messages if not one["success"]],
        "successes": [one for one in messages if one["success"]],
    }
    return Page("deployment", "Deployment Details", content, DEPLOYMENTS)


def trail_page(visit: Visit) -> Page:
    """View Setup Audit Trail, the latest first."""
    lines = visit.state.records.latest("SetupAuditTrail", "CreatedDate", _SHOWN)
    rows = [{"line": row, "user": _username(visit, row.text("CreatedById"))} for row in lines]
    return Page(
        "audit_trail", "View Setup Audit Trail", {"rows": rows, "total": _total(visit, "SetupAuditTrail")}, TRAIL
    )


def _username(visit: Visit, user_id: str) -> str:
    user = visit.state.records.get(user_id)
    return user_id if user is None else user.text("Username")


def _total(visit: Visit, sobject: str) -> int:
    return visit.state.records.count(sobject)


def _deployment(visit: Visit, job: Job) -> dict[str, Any]:
    return {"job": job, "result": dict(deploy_result(visit.state, job, details=False, api_version=MAXIMUM))}
