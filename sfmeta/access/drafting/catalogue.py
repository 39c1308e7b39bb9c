"""Salesforce's own and common apps: how each is known, and what it needs under API Access Control.

Ten entries, each claim with its grade and source. An app is recognised by its name alone, and any app may call itself
so: an entry helps a person to decide, it vouches for nobody. No entry ever proposes to block.

``A`` is Salesforce's documentation, ``B`` a maintainer's statement or working code, ``C`` a vendor or blog; an
``assumption`` has no source.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from sfmeta.model.policy import Decision

HELP = "https://help.salesforce.com/s/articleView?id="
PACKAGED = "packaging guide, Connected Apps Installed by Salesforce"
HARDIS = "sfdx-hardis, list of standard OAuth apps (OauthToken.AppName)"
BOX = f"{HELP}xcloud.security_api_access_control_all_users"
UNINSTALLED = f"{HELP}005132365"


@dataclass(frozen=True, slots=True)
class Claim:
    """One thing that is said, and how sure it is.

    Attributes:
        text: a name as ``OauthToken.AppName`` or ``ConnectedApplication.Name`` shows it, or a sentence.
        grade: ``A``, ``B``, ``C`` or ``assumption``.
        source: where it comes from.
    """

    text: str
    grade: str
    source: str

    def __str__(self) -> str:
        return f"{self.text} ({self.grade}: {self.source})"


@dataclass(frozen=True, slots=True)
class CatalogueEntry:
    """A well-known app.

    Attributes:
        id: stable.
        title: for people.
        names: the whole name, without regard to case.
        words: a word of the name that is enough; every one is an assumption.
        needs: what it needs, or what does not help it.
        suggestion: allow, or undecided where only a person can weigh it; never block.
        why: one clause.
        comes_with_org: Salesforce installs it itself; one that is only used, not installed, may be an imitation.
        for_people: people use it at hand, also those who never log in by browser.
    """

    id: str
    title: str
    names: tuple[Claim, ...]
    needs: tuple[Claim, ...]
    suggestion: Decision
    why: str
    words: tuple[Claim, ...] = ()
    comes_with_org: bool = False
    for_people: bool = True


_PREAPPROVED = Claim(
    "under the first box its users must be approved like those of any app; that Salesforce made it grants nothing",
    "A",
    BOX,
)
_INSTALL = Claim(
    "it must be installed before its policies can be set; users new to it are refused until then", "A", UNINSTALLED
)

MOBILE = CatalogueEntry(
    "salesforce_mobile",
    "the Salesforce mobile apps",
    (
        Claim("Salesforce for iOS", "A", PACKAGED),
        Claim("Salesforce for Android", "A", PACKAGED),
        Claim("SalesforceA", "B", HARDIS),
        Claim("SalesforceA for iOS", "B", HARDIS),
        Claim("SalesforceA for Android", "B", HARDIS),
    ),
    (
        Claim("its users need API Enabled", "A", f"{HELP}000386343"),
        Claim(
            "it logs in by the user-agent flow: do not block that flow",
            "A",
            f"{HELP}xcloud.remoteaccess_oauth_user_agent_flow_ca",
        ),
        _PREAPPROVED,
    ),
    Decision.ALLOW,
    "people work with it on their telephones",
    comes_with_org=True,
)

CLI = CatalogueEntry(
    "salesforce_cli",
    "the Salesforce CLI",
    (Claim("Salesforce CLI", "B", "forcedotcom/cli#3368"),),
    (
        Claim("it is not installed by default: install it", "B", "forcedotcom/cli#3368"),
        Claim("its device flow is refused since August 2025", "B", "forcedotcom/cli#3368"),
        Claim("a user who is not approved gets 'invalid_app_access'", "B", "forcedotcom/cli#3260"),
    ),
    Decision.ALLOW,
    "deployments and developers use it; it can do all that its user can, so name the users",
)

DATA_LOADER = CatalogueEntry(
    "data_loader",
    "Data Loader",
    (Claim("Dataloader Bulk", "B", HARDIS), Claim("Dataloader Partner", "B", HARDIS)),
    (
        Claim("its users need API Enabled", "A", f"{HELP}000383352"),
        Claim("its device flow was removed in September 2025", "A", f"{HELP}005132367"),
        Claim(
            "with a password it logs in without an app: approving the app does not help that", "A", f"{HELP}005132367"
        ),
        _PREAPPROVED,
    ),
    Decision.ALLOW,
    "it carries data in and out in bulk, so name the users",
    comes_with_org=True,
)

WORKBENCH = CatalogueEntry(
    "workbench",
    "Workbench",
    (Claim("Workbench", "B", "certinia/apex-mdapi#108"),),
    (
        _INSTALL,
        Claim(
            "a user who is not approved reads 'user is not admin approved to access this app'",
            "C",
            "simplysfdc.com, 2015",
        ),
    ),
    Decision.UNDECIDED,
    "a web page that reads and writes all that its user can; few orgs need it every day",
)

MAIL = CatalogueEntry(
    "outlook_and_gmail",
    "the integration with Outlook and Gmail",
    (
        Claim("Salesforce for Outlook", "A", PACKAGED),
        Claim("Lightning for Outlook", "C", "an earlier name of the product; not seen as the name of an app"),
        Claim("Lightning for Gmail", "C", "an earlier name of the product; not seen as the name of an app"),
        Claim("Salesforce Inbox", "C", f"{HELP}000383477 names the product; not seen as the name of an app"),
    ),
    (
        Claim("users of Salesforce for Outlook need API Enabled", "A", f"{HELP}000386343"),
        Claim("Salesforce for Outlook retires in December 2027", "A", f"{HELP}000386343"),
        _PREAPPROVED,
    ),
    Decision.ALLOW,
    "people work with it in their mail",
)

SLACK = CatalogueEntry(
    "slack",
    "Slack",
    (),
    (
        Claim(
            "every user allows it to reach Salesforce, so every user needs approval",
            "A",
            "Salesforce Slack SDK guide, Org Connections",
        ),
        _INSTALL,
    ),
    Decision.ALLOW,
    "people work with it in their channels",
    (Claim("slack", "assumption", "no source gives the names of Slack's apps"),),
)

ANALYTICS = CatalogueEntry(
    "crm_analytics",
    "CRM Analytics",
    (Claim("Insights", "A", f"{HELP}000383975"), Claim("Wave Web", "A", f"{HELP}000383975")),
    (
        Claim(
            "under the first box CRM Analytics stops unless both 'Insights' and 'Wave Web' are installed",
            "A",
            f"{HELP}000383975",
        ),
        Claim("approve its system-generated user profiles on both apps (grants.profiles)", "A", f"{HELP}000383975"),
    ),
    Decision.ALLOW,
    "dashboards and data flows run through it",
)

MULESOFT = CatalogueEntry(
    "mulesoft",
    "MuleSoft",
    (),
    (
        Claim(
            "its connector logs in through an app that the org's own people made: look for that app's owner",
            "A",
            f"{HELP}001116177",
        ),
        Claim(
            "with a password and security token it logs in without an app",
            "A",
            "MuleSoft, Salesforce Connector authentication",
        ),
    ),
    Decision.ALLOW,
    "other systems depend on it",
    (
        Claim("mulesoft", "assumption", "no source gives the names of MuleSoft's apps"),
        Claim("anypoint", "assumption", "no source gives the names of MuleSoft's apps"),
    ),
    for_people=False,
)

MARKETING_CLOUD = CatalogueEntry(
    "marketing_cloud",
    "Marketing Cloud Connect",
    (Claim("Salesforce Marketing Cloud", "A", f"{HELP}mktg.mc_co_set_up_authentication"),),
    (
        Claim(
            "Salesforce's own set-up: admin approved, IP restrictions relaxed, refresh token expires immediately",
            "A",
            f"{HELP}mktg.mc_co_set_up_authentication",
        ),
        Claim(
            "the API user and the system user of the connection need the permission set, too",
            "A",
            f"{HELP}mktg.mc_co_set_up_authentication",
        ),
    ),
    Decision.ALLOW,
    "mailings are sent with its data",
    for_people=False,
)

SESSION_TOOLS = CatalogueEntry(
    "session_tools",
    "a browser tool such as Salesforce Inspector",
    (
        Claim(
            "Salesforce Inspector",
            "B",
            "sorenkrabbe/Chrome-Salesforce-inspector#149 names the tool; it has no app of its own",
        ),
        Claim("Salesforce Inspector reloaded", "B", "tprouvot/Salesforce-Inspector-reloaded#358"),
        Claim("sf Inspector Advanced", "B", "dufoli/Salesforce-Inspector-Advanced#254"),
    ),
    (
        Claim(
            "reusing the browser's session it is no app: it cannot be allowed and stops under the first box",
            "B",
            "sorenkrabbe/Chrome-Salesforce-inspector#149",
        ),
        Claim(
            "only a version that logs in through an app of its own can be allowed",
            "B",
            "tprouvot/Salesforce-Inspector-reloaded#172",
        ),
        Claim(
            "installing its default app has failed; an app of the org's own avoids that",
            "B",
            "tprouvot/Salesforce-Inspector-reloaded#358",
        ),
    ),
    Decision.UNDECIDED,
    "it reads and writes all that its user can, mostly without leaving a token",
    (Claim("inspector", "assumption", "forks of the tool carry the word"),),
)

CATALOGUE: tuple[CatalogueEntry, ...] = (
    MOBILE,
    CLI,
    DATA_LOADER,
    WORKBENCH,
    MAIL,
    SLACK,
    ANALYTICS,
    MULESOFT,
    MARKETING_CLOUD,
    SESSION_TOOLS,
)

_BY_NAME = {name.text.casefold(): entry for entry in CATALOGUE for name in entry.names}
_BY_WORD = {word.text: entry for entry in CATALOGUE for word in entry.words}
_WORD = re.compile(r"[^\W_]+")


def recognise(label: str) -> CatalogueEntry | None:
    """The entry that an app's name points to.

    Args:
        label: as the org shows it.

    Returns:
        An entry whose name it is; else one of whose words it holds; None for neither.
    """
    name = " ".join(label.split()).casefold()
    if name in _BY_NAME:
        return _BY_NAME[name]
    return next((_BY_WORD[word] for word in _WORD.findall(name) if word in _BY_WORD), None)


def name_of(entry: CatalogueEntry, label: str) -> Claim:
    """By which of its names or words an entry was recognised.

    Args:
        entry: from ``recognise(label)``.
        label: the same.
    """
    name = " ".join(label.split()).casefold()
    words = _WORD.findall(name)
    known = [claim for claim in entry.names if claim.text.casefold() == name]
    return (known or [claim for claim in entry.words if claim.text in words])[0]
