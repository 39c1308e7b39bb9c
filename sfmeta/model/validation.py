"""What a check-only job has proven: this package, on this state of this org."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sfmeta.model.names import JobId, OrgId

LASTS_S = 10 * 86_400
"""How long an org deploys a validation without its tests.

Source: Metadata API guide, deployRecentValidation(): "validated successfully for the target environment within the last
    10 days".
"""


@dataclass(frozen=True, slots=True)
class Validation:
    """One check-only job.

    Attributes:
        job_id: of the check, 18 characters.
        org_id: where.
        package_digest: of what was checked (``Package.digest``).
        baseline: what the org held then of each component it names: a sha256, "" where it had none.
        test_level: that was asked for, "" where the org decided.
        tests: how many Apex tests ran.
        finished_at: when its end was seen, UTC, ISO 8601; "" until then, and it proves nothing.
        username: who we were in the org.
        success: the org's verdict.
        asked_at: when it was first recorded, while it ran or at its end; "" in the record of an older sfmeta.
        environment: that the package is to be promoted to, "" where it is no promotion.
    """

    job_id: JobId
    org_id: OrgId
    package_digest: str
    baseline: Mapping[str, str]
    test_level: str
    tests: int
    finished_at: str
    username: str
    success: bool
    asked_at: str = ""
    environment: str = ""
