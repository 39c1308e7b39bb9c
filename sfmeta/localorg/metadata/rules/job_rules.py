"""The rules about requests for a deployment, its queue, its Apex tests and its limits; see ``rules.catalog``."""

from __future__ import annotations

from sfmeta.localorg.sourced import Sourced

_GUIDE = "Metadata API guide"
_TESTS = f"{_GUIDE}, meta_deploy_running_tests"

OPTION_RULES: tuple[Sourced, ...] = (
    Sourced(
        "rollback-in-production",
        "A production org requires rollbackOnError.",
        "forcedotcom/cli#61, #251, #305, #2601",
        "B",
        "rollbackOnError option must be true on a production org",
    ),
    Sourced(
        "purge-in-production",
        "purgeOnDelete is for sandboxes and Developer Edition orgs.",
        "RoseSilverSoftware/IlluminatedCloud#583, SFDO-Tooling/CumulusCI#260 for the words",
        "B",
        "purgeOnDelete option can only be used on a non-active org",
    ),
    Sourced(
        "missing-files-in-production",
        "allowMissingFiles and autoUpdatePackage are not for production orgs.",
        f"{_GUIDE}, meta_deploy ('Do not set this argument for deployment to production orgs'); whether an org "
        "refuses it, and in which words, was not found",
        "emulator",
        "{option} option cannot be used on a production org",
    ),
    Sourced(
        "no-tests-in-production",
        "NoTestRun is not for production orgs, whatever the package holds.",
        "forcedotcom/cli#2105, xjsender/haoide#107",
        "B",
        "testLevel of NoTestRun cannot be used in production organizations",
    ),
    Sourced(
        "tests-without-level",
        "From API 34 test classes are named for RunSpecifiedTests only.",
        "joeferraro/MavensMate#451, joeferraro/MavensMate-SublimeText#766",
        "B",
        "runTests can only be used with a testLevel of RunSpecifiedTests",
    ),
    Sourced(
        "level-without-tests",
        "RunSpecifiedTests names its test classes.",
        "xjsender/haoide#138",
        "B",
        "runTests must not be empty when a testLevel of RunSpecifiedTests is used",
    ),
    Sourced(
        "unknown-test-level",
        "A test level is one of the WSDL's, or RunRelevantTests from API 66.",
        f"{_GUIDE} v67, meta_deploy_run_relevant_tests (beta); its first version is the release that announced it; "
        "the words are those of other enumerations in texts from real orgs",
        "emulator",
        "'{value}' is not a valid value for the enum 'TestLevel'",
    ),
    Sourced(
        "rest-body",
        "deployRequest takes a form with a zip and a JSON object, a quick deploy or a cancellation a JSON object.",
        f"{_GUIDE}, meta_rest_deploy; the words for anything else were not found",
        "emulator",
        "The request cannot be read: {problem}",
    ),
)
"""What a request may ask for."""

QUEUE_RULES: tuple[Sourced, ...] = (
    Sourced(
        "one-at-a-time",
        "Deployments of an org run one after the other; later ones are pending.",
        "amp-labs/connectors#3323 ('Metadata deploys serialize per org'); Help, Deployment Status",
        "B",
    ),
    Sourced(
        "failures-while-running",
        "While a deployment runs, its details hold failures only; the rest comes at the end.",
        f"{_GUIDE}, DeployDetails",
        "A",
    ),
    Sourced(
        "finalizing",
        "From API 65 a deployment is shown as Finalizing (or FinalizingDeploy, an assumption) before it ends, and "
        "cannot be cancelled then.",
        "Apex reference, Metadata.DeployStatus; forcedotcom/source-deploy-retrieve#1585 and #1595; how earlier "
        "versions are answered is judgement",
        "A",
    ),
    Sourced(
        "cancel-finished",
        "A finished deployment cannot be cancelled.",
        "salesforcecli/plugin-source#513",
        "B",
        "Deployment already completed",
    ),
    Sourced(
        "cancel-finalizing",
        "A deployment that is being finalised cannot be cancelled.",
        "Apex reference, Metadata.DeployStatus; the words were not found",
        "emulator",
        "Deployment is being finalized",
    ),
    Sourced(
        "state-detail",
        "While a deployment runs, stateDetail tells the type it is at.",
        f"{_GUIDE}, meta_rest_deploy_checkstatus (its example); the wording for other types is judgement",
        "emulator",
        "Processing Type: {type}",
    ),
    Sourced(
        "quick-deploy",
        "A validation can be deployed within ten days, once, if its Apex tests ran and passed and covered enough.",
        f"{_GUIDE}, deployRecentValidation; forcedotcom/cli#2727; the refusal's words were not found",
        "emulator",
        "The validation {name} cannot be deployed: {reason}",
    ),
    Sourced(
        "quick-deploy-superseded",
        "After any deployment no earlier validation can be deployed any more.",
        "Help, Monitor Deployments, Quick Deployments (quoted at salesforce.stackexchange 187859)",
        "B",
    ),
)
"""What happens to a job after it was taken."""

TEST_RULES: tuple[Sourced, ...] = (
    Sourced(
        "default-test-level",
        "In production a package with Apex classes or triggers runs all local tests, any other none; elsewhere none "
        "run. Up to API 33 production runs them always.",
        f"{_TESTS}; Summer '15 release notes",
        "A",
    ),
    Sourced(
        "apex-does-not-run",
        "This org runs no Apex: the test methods found in classes are counted and pass, and cover everything as soon "
        "as one of them runs, unless the org was told otherwise.",
        "an emulator's limit",
        "emulator",
    ),
    Sourced(
        "relevant-tests",
        "RunRelevantTests runs the package's own tests and those that mention one of its classes or triggers.",
        f"{_GUIDE} v67, meta_deploy_run_relevant_tests; Salesforce's own analysis is not public",
        "emulator",
    ),
    Sourced(
        "test-class-missing",
        "A named test class must be there.",
        "nothing found about the words, nor where they stand",
        "emulator",
        "The test class {name} was not found",
    ),
    Sourced(
        "coverage-of-the-org",
        "All or local tests cover 75% of the org's Apex in all.",
        f"{_TESTS}; thedges/PSFileAttachTemplate#1, salesforcecli/plugin-deploy-retrieve#656 (no production org)",
        "A",
        "Average test coverage across all Apex Classes and Triggers is {percent}%, at least 75% test coverage is "
        "required",
    ),
    Sourced(
        "coverage-of-a-trigger",
        "All or local tests cover something of every trigger.",
        f"{_TESTS}; texts pasted from real orgs",
        "A",
        "Test coverage of selected Apex Trigger is {percent}%, at least 1% test coverage is required",
    ),
    Sourced(
        "coverage-of-a-component",
        "Specified or relevant tests cover 75% of each class and trigger of the package.",
        f"{_GUIDE}, meta_deploy_run_specific_tests; Kathy-Lueckeman/EASY-Open-Source-Solution#3",
        "A",
        "Test coverage of selected Apex {kind} is {percent}%, at least 75% test coverage is required",
    ),
)
"""Apex tests."""

_ZIP = f"{_GUIDE}, file_based_zip_file"

LIMIT_RULES: tuple[Sourced, ...] = (
    Sourced(
        "too-many-files",
        "A zip holds 10,000 files; the guide of API 33 and before says 5,000.",
        f"{_ZIP} (v30, v32, v34, v260); forcedotcom/cli#2910 for the words",
        "A",
        "Too many files in zip",
        "zip_limits_go_by_api_version",
    ),
    Sourced(
        "zip-too-large",
        "Over SOAP a zip has at most 39 MB; REST has no such limit.",
        f"{_ZIP}, meta_rest_intro; the words were not found",
        "emulator",
        "Maximum size of request reached. Maximum size of request is {size} bytes",
    ),
    Sourced(
        "files-too-large",
        "The files of a zip have at most 400 MB together, 600 MB from API 64.",
        f"{_ZIP} (v32 to v49: 400 MB, v64: 600 MB; the version in between and the words were not found)",
        "emulator",
        "The uncompressed files of the zip exceed {size} bytes",
        "zip_limits_go_by_api_version",
    ),
    Sourced(
        "zip-unreadable",
        "What is sent is a zip.",
        "the words were not found",
        "emulator",
        "The ZipFile of the deploy call is not a valid zip file",
    ),
    Sourced(
        "zip-damaged",
        "Its files can be read, and are as long as it says.",
        "the words were not found",
        "emulator",
        "The ZipFile of the deploy call is damaged",
    ),
    Sourced(
        "zip-path-outside",
        "Its paths stay inside.",
        "the words were not found",
        "emulator",
        "The zip holds a path that leads outside of it: {path}",
    ),
    Sourced(
        "zip-path-twice",
        "No path comes twice.",
        "the words were not found",
        "emulator",
        "The zip holds the same path twice: {path}",
    ),
    Sourced(
        "retrieve-too-many-files",
        "A retrieve gives 10,000 files (5,000 up to API 33).",
        "joeferraro/MavensMate#946, forcedotcom/salesforcedx-vscode#685; alan-morey/force-meta-backup#23",
        "B",
        "Too many files in retrieve call, limit is: {limit}",
        "zip_limits_go_by_api_version",
    ),
    Sourced(
        "retrieve-too-large",
        "The zip of a retrieve has at most 39 MB, its files together what a deployment's may have.",
        f"{_ZIP}; the words were not found",
        "emulator",
        "The retrieved files exceed {size} bytes",
        "zip_limits_go_by_api_version",
    ),
)
"""Sizes and numbers."""

JOB_RULES: tuple[Sourced, ...] = (*OPTION_RULES, *QUEUE_RULES, *TEST_RULES, *LIMIT_RULES)
"""All of them, in the order in which a reader meets them."""
