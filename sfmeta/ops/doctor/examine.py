"""``sfmeta doctor``: every check, one after the other; a check that fails stops no other."""

from __future__ import annotations

from sfmeta.errors import NotSent, SfmetaError
from sfmeta.model.diagnosis import Diagnosis, Finding
from sfmeta.ops.doctor.check import Check, unknown
from sfmeta.ops.doctor.examination import Circumstances, DoctorOrg, Examination
from sfmeta.ops.doctor.table import CHECKS
from sfmeta.ops.ports import Tools


def examine(org: DoctorOrg, circumstances: Circumstances, tools: Tools) -> Diagnosis:
    """Look at an org. Nothing is changed.

    Args:
        org: logged in.
        circumstances: what is known from elsewhere: the project, a probe.
        tools: the clock, progress and scratch space.

    Raises:
        NotSent: the org cannot be reached any more.
    """
    seen = Examination(org, tools, circumstances)
    findings = []
    for number, check in enumerate(CHECKS):
        tools.progress.advance(number, len(CHECKS), check.title)
        findings.append(_look(check, seen))
    tools.progress.advance(len(CHECKS), len(CHECKS))
    return Diagnosis(org.info, tuple(findings))


def _look(check: Check, seen: Examination) -> Finding:
    try:
        return check.finding(check.look(seen))
    except NotSent:
        raise  # nobody listens any more; ten more lines would say no more
    except SfmetaError as error:
        return check.finding(unknown(f"This could not be looked at: {error.message}", error.hint))
