"""Options that several commands share. Where the sf CLI has one for the same thing, ours has its name and letter."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

TargetOrg = Annotated[
    str,
    typer.Option(
        "--target-org",
        "-o",
        metavar="ORG",
        envvar="SFMETA_TARGET_ORG",
        help="Alias of the org (sfmeta org list). Without it: the default org (sfmeta org use).",
    ),
]
SourceDirs = Annotated[
    list[Path],
    typer.Option("--source-dir", "-d", metavar="DIR|FILE", help="Only what lies here. May be given more than once."),
]
ManifestFile = Annotated[
    Path | None,
    typer.Option("--manifest", "-x", metavar="FILE", help="Only what this package.xml names."),
]
Members = Annotated[
    list[str],
    typer.Option("--metadata", "-m", metavar="TYPE:NAME", help="Only this component. May be given more than once."),
]
Wait = Annotated[
    int,
    typer.Option("--wait", "-w", metavar="MIN", min=0, help="How long to wait; then exit 5, and the job goes on."),
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Consent in advance; needed where nobody can be asked.")]
BeginHistory = Annotated[
    bool,
    typer.Option(
        "--begin-history",
        help="Begin a history here though the org shows deployments by our user: there is none elsewhere.",
    ),
]
ProjectDir = Annotated[
    Path | None,
    typer.Option("--project", metavar="DIR", help="The project (its sfdx-project.json). Without it: here or above."),
]
AcceptUnreadable = Annotated[
    list[str],
    typer.Option(
        "--accept-unreadable",
        metavar="TYPE:NAME",
        help="Go on though the org does not give this component; no rollback will put it back.",
    ),
]
AcceptOpen = Annotated[
    bool,
    typer.Option("--accept-loss", help="Agree to who might stop, where that hangs on an open question; listed first."),
]
SkipForecast = Annotated[
    bool,
    typer.Option("--skip-forecast", help="For an emergency: do not ask first whom this locks out."),
]
