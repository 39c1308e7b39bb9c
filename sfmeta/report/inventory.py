"""An inventory for people, on a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta

from sfmeta.access.holders import Holder, ending_grants, powerful_by_permission, self_granting_users
from sfmeta.access.listing import some
from sfmeta.model.inventory import App, Blocked, Coverage, Inventory, Standing, Use, Visibility, Way
from sfmeta.model.policy import AppKind
from sfmeta.report.changes import Style
from sfmeta.report.columns import columns, wrapped
from sfmeta.report.forecast_words import day, minute
from sfmeta.report.words import counted

WIDTH = 110
SHOWN = 40
_NAMES = 4
_SOON = timedelta(days=90)
_COLOR = {
    Visibility.SEEN: "green",
    Visibility.PARTLY: "yellow",
    Visibility.NOT_VISIBLE: "red",
    Visibility.NOT_PERMITTED: "red",
}
_STANDING = {Standing.OWNED: "owned", Standing.INSTALLED: "installed", Standing.USED_ONLY: "used only"}
_BLOCKED = {
    Blocked.BY_LIST: "blocked",
    Blocked.BY_BOX: "blocked by the box",
    Blocked.BY_POLICY: "blocked by policy",
    Blocked.DISABLED: "not enabled",
}
_WITHOUT_APP = {Way.SOAP_LOGIN: "SOAP login()", Way.BROWSER_SESSION: "a browser's session"}


def inventory_text(inventory: Inventory, style: Style, width: int = WIDTH) -> str:
    """The whole of it: apps, uses without an app, powerful holders, what ends, coverage, gaps, proofs.

    Args:
        inventory: of one org.
        style: colours a text.
        width: of the terminal.
    """
    parts = (
        _head(inventory, width),
        _apps(inventory, style, width),
        _without_app(inventory, style, width),
        _powerful(inventory, style, width),
        _ending(inventory, style, width),
        _coverage(inventory, style, width),
        _gaps(inventory, style, width),
        _proofs(inventory, width),
    )
    return "\n\n".join("\n".join(lines) for part in parts if (lines := list(part)))


def _head(inventory: Inventory, width: int) -> Iterator[str]:
    read = f"{inventory.org_name}, read {minute(inventory.taken_at)} as {inventory.username}"
    yield from wrapped(read, width, 0)
    yield from wrapped(f"Logins and calls of {counted(inventory.days, 'day')}; {_boxes(inventory)}.", width, 0)


def _boxes(inventory: Inventory) -> str:
    internal, external = inventory.settings.internal_box, inventory.settings.external_box
    if internal is None and external is None:
        return "no API Access Control in this org, as far as its settings show"
    return f"API Access Control is {_on(internal)} for internal users, {_on(external)} for customers and partners"


def _on(box: bool | None) -> str:
    return "on" if box else "off"


def _apps(inventory: Inventory, style: Style, width: int) -> Iterator[str]:
    uses: dict[str, list[Use]] = {}
    for use in inventory.uses:
        uses.setdefault(use.app, []).append(use)
    ordered = sorted(inventory.apps.values(), key=lambda app: (-_people(uses.get(app.key, ())), app.label, app.key))
    yield style(f"Apps ({len(ordered):,}):", "cyan")
    head = ("  app", "where", "may use it", "users", "last use")
    rows = [_app(app, uses.get(app.key, ())) for app in ordered[:SHOWN]]
    yield from columns(head, rows, width)
    yield from _more(len(ordered) - SHOWN)


def _app(app: App, uses: Sequence[Use]) -> tuple[str, ...]:
    kind = " (external client app)" if app.kind is AppKind.EXTERNAL_CLIENT_APP else ""
    return (f"  {app.label}{kind}", _STANDING[app.standing], _policy(app), str(_people(uses)), _last(uses))


def _policy(app: App) -> str:
    if app.blocked is not Blocked.NO:
        return _BLOCKED[app.blocked]
    if app.admin_approved is None:
        return "not known"
    return counted(len(app.grants), "grant") if app.admin_approved else "everyone"


def _people(uses: Iterable[Use]) -> int:
    return len({use.user_id for use in uses})


def _last(uses: Iterable[Use]) -> str:
    last = max((use.last_used for use in uses if use.last_used), default=None)
    return day(last) if last else "-"


def _without_app(inventory: Inventory, style: Style, width: int) -> Iterator[str]:
    uses = [use for use in inventory.uses if not use.app]
    if not uses:
        return
    yield style(f"Without an app ({len(uses):,}):", "cyan")
    head = ("  user", "with", "times", "failed", "last use")
    ordered = sorted(uses, key=lambda use: (-use.count, use.user_id))
    rows = [
        (f"  {_name(inventory, use.user_id)}", _WITHOUT_APP[use.way], str(use.count), str(use.failures), _last([use]))
        for use in ordered[:SHOWN]
    ]
    yield from columns(head, rows, width)
    yield from _more(len(ordered) - SHOWN)


def _powerful(inventory: Inventory, style: Style, width: int) -> Iterator[str]:
    yield style("Who holds what opens or closes doors:", "cyan")
    holders = powerful_by_permission(inventory)
    for permission, found in holders.items():
        yield from wrapped(f"{permission}: {_listed(found)}", width, 2)
    granting = self_granting_users(inventory)
    if granting:
        yield from wrapped(f"could assign themselves a permission set: {_listed(granting)}", width, 2)
    if not holders and not granting:
        yield "  nobody"


def _listed(holders: Sequence[Holder]) -> str:
    return some([holder.user.username + _until(holder) for holder in holders], _NAMES)


def _until(holder: Holder) -> str:
    marks = [f"until {day(holder.until)}"] if holder.until else []
    marks += ["by activation"] if holder.by_activation else []
    marks += ["frozen"] if holder.user.is_frozen else []
    return f" ({', '.join(marks)})" if marks else ""


def _ending(inventory: Inventory, style: Style, width: int) -> Iterator[str]:
    found = ending_grants(inventory, inventory.taken_at + _SOON)
    if not found:
        return
    yield style(f"Assignments that end within {_SOON.days} days ({len(found):,}):", "cyan")
    head = ("  user", "what", "apps", "ends")
    rows = [(f"  {one.user.username}", one.what, ", ".join(one.apps) or "-", day(one.at)) for one in found[:SHOWN]]
    yield from columns(head, rows, width, flexible=2)
    yield from _more(len(found) - SHOWN)


def _coverage(inventory: Inventory, style: Style, width: int) -> Iterator[str]:
    yield style("What this audit sees, and what it cannot see:", "cyan")
    for one in inventory.coverage:
        found = f", {one.found:,} found" if one.found else ""
        yield f"  {style(str(one.visibility).ljust(13), _COLOR[one.visibility])}  {one.title} ({one.name}){found}"
        yield from _explained(one, width)


def _explained(one: Coverage, width: int) -> Iterator[str]:
    yield from wrapped(one.why, width, 17)
    for evidence in one.evidence[:SHOWN]:
        yield from wrapped(f"- {evidence}", width, 17, hanging=2)
    if one.remedy:
        yield from wrapped(f"-> {one.remedy}", width, 17, hanging=3)


def _gaps(inventory: Inventory, style: Style, width: int) -> Iterator[str]:
    if not inventory.gaps:
        return
    yield style(f"Gaps ({len(inventory.gaps):,}):", "yellow")
    for gap in inventory.gaps[:SHOWN]:
        yield from wrapped(f"{gap.message} ({gap.name}){f'. {gap.remedy}' if gap.remedy else ''}", width, 2)
    yield from _more(len(inventory.gaps) - SHOWN)


def _proofs(inventory: Inventory, width: int) -> Iterator[str]:
    for proof in inventory.proofs:
        whole = "all" if proof.read >= proof.counted else f"{proof.read:,} of"
        parts = f", in {proof.chunks:,} parts" if proof.chunks > 1 else ""
        calls = counted(proof.queries + proof.counts, "call")
        yield from wrapped(f"{proof.sobject}: {whole} {proof.counted:,} rows read{parts}, with {calls}.", width, 0)


def _more(number: int) -> Iterator[str]:
    if number > 0:
        yield f"  ... and {number:,} more (--json or -f FILE has them all)"


def _name(inventory: Inventory, user_id: str) -> str:
    user = inventory.users.get(user_id)
    return user.username if user else user_id
