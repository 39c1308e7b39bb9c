"""Sobjects that only the Tooling API has. Fields: @salesforce/types 1.7.1, tooling.

``SourceMember`` is not here: this org does not track sources, and an org that does not answers as if there were no
such sobject (salesforcedx source-tracking asks for its describe).
"""

from __future__ import annotations

from sfmeta.localorg.data.schema import table

_TYPES = "@salesforce/types 1.7.1, tooling"
_DEPLOY_STATUS = (
    "Pending|InProgress|Succeeded|SucceededPartial|Failed|Canceling|Canceled|FinalizingDeploy|FinalizingDeployFailed"
)
_TEST_LEVELS = "NoTestRun|RunSpecifiedTests|RunLocalTests|RunAllTestsInOrg|RunRelevantTests"

TOOLING = (
    table(
        "DeployRequest",
        f"Status:pick[{_DEPLOY_STATUS}] CheckOnly:bool AllowMissingFiles:bool AutoUpdatePackage:bool "
        "IgnoreWarnings:bool PurgeOnDelete:bool RollbackOnError:bool RunTestsEnabled:bool SinglePackage:bool "
        f"TestLevel:pick[{_TEST_LEVELS}] StartDate:time CompletedDate:time CanceledById>User.CanceledBy "
        "AbortRequested:bool ChangeSetName ErrorMessage ErrorStatusCode StateDetail NumberComponentErrors:int=0 "
        "NumberComponentsDeployed:int=0 NumberComponentsTotal:int=0 NumberTestErrors:int=0 NumberTestsCompleted:int=0 "
        "NumberTestsTotal:int=0 NumberFiles:int=0 IsDeleted:bool AUDIT",
        permission="ViewSetup",
        tooling=True,
        source=_TYPES,
        grade="A",
    ),
    table(
        "StandardValueSet",
        "MasterLabel EnumOrId DurableId FullName Metadata:complexvalue",
        tooling=True,
        source=_TYPES,
        grade="A",
    ),
)
"""Every such table."""
