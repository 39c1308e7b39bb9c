"""What deploying a ConnectedApp makes of an app.

Source: Metadata API guide, ConnectedApp. What an element that a file leaves out does is not established; where that
decides, it is an open question.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from sfmeta.access.app_elements import certificate_print, ip_ranges, options, scopes
from sfmeta.access.forecasting.app_draft import AppDraft, Change, same
from sfmeta.access.forecasting.package_names import Names
from sfmeta.access.forecasting.package_notes import Notes
from sfmeta.access.listing import some
from sfmeta.access.questions import NO_OTHER_BLOCK, OMITTED_STAYS
from sfmeta.model.element import Element
from sfmeta.model.inventory import App, Blocked, Inventory, Standing
from sfmeta.model.policy import AppKind

OMITTED_GRANTS_STAY = "omitted_app_grants_stay"
_TIGHTER_ON = frozenset({"isPkceRequired", "isSecretRequiredForRefreshToken", "isSecretRequiredForTokenExchange"})
_TIGHTER_OFF = frozenset(
    {
        "isCodeCredentialEnabled",
        "isConsumerSecretOptional",
        "isDeviceFlowEnabled",
        "isNamedUserJwtEnabled",
        "isTokenExchangeEnabled",
    }
)


class AppFiles:
    """Reads files of apps.

    Args:
        inventory: the org as it is.
        names: of the org.
        notes: what is open is said here.
    """

    def __init__(self, inventory: Inventory, names: Names, notes: Notes) -> None:
        self._inventory, self._names, self._notes = inventory, names, notes
        self._used = {use.app for use in inventory.uses}

    def connected_app(self, draft: AppDraft, root: Element, held: Element | None = None) -> None:
        """Deploys a ConnectedApp.

        Args:
            draft: the app.
            root: its file.
            held: the file that the org holds, where that was read.
        """
        audited = draft.audited
        config = root.first("oauthConfig")
        self._policies(draft, root)
        if config is not None:
            # absent means false (the guide's default)
            approved = config.value("isAdminApproved") == "true"
            draft.change(lambda app: replace(app, admin_approved=approved))
        self.grants(
            draft,
            _named(root, "permissionSetName"),
            _named(root, "profileName"),
        )
        if audited.standing is Standing.INSTALLED:
            self._notes.warn(
                f"{audited.label} is another org's app: whether a deployment changes its policies is not established; "
                "this forecast takes it that it does"
            )
            return
        ranges = ip_ranges(root, "ipRanges", "start", "end")
        self.written(draft, lambda app: replace(app, ip_ranges=ranges), is_written=root.first("ipRanges") is not None)
        if config is None:
            if audited.scopes is not None:
                self._open(draft, "has no oauthConfig: what becomes of its OAuth settings is not established")
            return
        listed = [one.text.strip() for one in config.all("scopes")]
        self.scopes(draft, scopes(listed) if listed else None)
        self.switches(draft, options(config))
        self.certificate(draft, config.value("certificate"))
        runs_as = (config.value("oauthClientCredentialUser") or "").lower()
        is_on = config.value("isClientCredentialEnabled") == "true"
        draft.change(lambda app: replace(app, execution_user=runs_as if is_on else ""))
        before = held.first("oauthConfig") if held else None
        self.callbacks(draft, config.value("callbackUrl"), before.value("callbackUrl") if before else None)

    def grants(self, draft: AppDraft, sets: Iterable[str] | None, profiles: Iterable[str] | None) -> None:
        """Attaches what a file lists; a list is the whole list.

        Args:
            draft: the app.
            sets: names of permission sets; None where the file leaves them out.
            profiles: names of profiles; None likewise.
        """
        label = draft.audited.label
        given = None if sets is None else self._names.granted_sets(sets, label)
        given_profiles = None if profiles is None else self._names.granted_profiles(profiles, label)

        def attached(app: App, *, stays: bool) -> App:
            of_profiles = frozenset(id_ for id_ in app.grants if self._is_of_profile(id_))
            kept = (app.grants - of_profiles, of_profiles) if stays else (frozenset[str](), frozenset[str]())
            others = kept[0] if given is None else given | self._groups_of(app.grants, given)
            return replace(app, grants=others | (kept[1] if given_profiles is None else given_profiles))

        draft.fork(OMITTED_GRANTS_STAY, lambda app: attached(app, stays=True), lambda app: attached(app, stays=False))

    def written(self, draft: AppDraft, change: Change, *, is_written: bool) -> None:
        """Makes a change that a file writes; where the file leaves it out, it is open whether the change is made."""
        draft.fork(OMITTED_STAYS, change if is_written else same, change)

    def scopes(self, draft: AppDraft, found: frozenset[str] | None) -> None:
        """Gives an app scopes; what loses one that it has may stop, and nobody can tell."""
        audited = draft.audited
        if found is None:
            if audited.scopes is not None:
                self._open(draft, "lists no scopes: which ones it has then is not established")
            return
        draft.change(lambda app: replace(app, scopes=found))
        if audited.scopes is not None and (lost := audited.scopes - found):
            self._open(draft, f"takes the {'scope' if len(lost) == 1 else 'scopes'} {some(sorted(lost))} away")

    def switches(self, draft: AppDraft, found: frozenset[str], kept: frozenset[str] = frozenset()) -> None:
        """Sets switches of the OAuth settings.

        Args:
            draft: the app.
            found: those that are on.
            kept: those that another file of the app has.
        """
        before = draft.audited.options
        draft.change(lambda app: replace(app, options=found | (app.options & kept)))
        tighter = ((found - before) & _TIGHTER_ON) | (((before - found) & _TIGHTER_OFF) - kept)
        if tighter and before:
            self._open(draft, f"switches {some(sorted(tighter))}: what its clients do then, nobody can see")
        elif tighter:
            self._notes.warn(f"the file of {draft.audited.label} sets {some(sorted(tighter))}")

    def certificate(self, draft: AppDraft, text: str | None) -> None:
        """Gives an app a certificate."""
        audited, print_ = draft.audited, certificate_print(text)
        if print_ and audited.has_certificate and not audited.certificate:
            self._open(draft, "has a certificate, and whether it is today's, this inventory does not tell: audit again")
        self.written(
            draft,
            lambda app: replace(app, certificate=print_, has_certificate=bool(print_)),
            is_written=bool(print_),
        )

    def callbacks(self, draft: AppDraft, text: str | None, held: str | None) -> None:
        """Compares callback URLs: a client whose own is gone cannot log people in."""
        if draft.audited.key not in self._used:
            return
        if held is None:
            self._notes.warn(f"which callback URLs {draft.audited.label} has today, an audit does not tell")
        elif lost := sorted(set(held.split()) - set((text or "").split())):
            self._open(draft, f"takes the callback URL {some(lost)} away")

    def _policies(self, draft: AppDraft, root: Element) -> None:
        policy, session = root.first("oauthPolicy"), root.first("sessionPolicy")
        refresh = (policy.value("refreshTokenPolicy") if policy else "") or ""
        relaxation = (policy.value("ipRelaxation") if policy else "") or ""
        self.written(draft, lambda app: replace(app, refresh_policy=refresh or "infinite"), is_written=bool(refresh))
        self.written(
            draft, lambda app: replace(app, ip_relaxation=relaxation or "ENFORCE"), is_written=bool(relaxation)
        )
        action = (session.value("policyAction") if session else "") or ""
        minutes = (session.value("sessionTimeout") if session else "") or ""
        self.session(draft, action, is_written=bool(action))
        timeout = int(minutes) if minutes.isdigit() else None
        self.written(draft, lambda app: replace(app, session_minutes=timeout), is_written=timeout is not None)

    def session(self, draft: AppDraft, action: str, *, is_written: bool) -> None:
        """Gives an app a session policy: Block, RaiseSessionLevel or none."""
        if is_written:
            draft.stops_by_policy = action == "Block"
        raises, stops = action == "RaiseSessionLevel", action == "Block"
        self.written(
            draft,
            lambda app: replace(app, raises_session_level=raises, blocked=shut(app, stops=stops, is_off=draft.is_off)),
            is_written=is_written,
        )
        has_switch = draft.audited.kind is AppKind.EXTERNAL_CLIENT_APP and draft.is_off is None
        if has_switch and draft.audited.blocked is Blocked.BY_POLICY and not stops:
            # the policy may have hidden it
            draft.fork(NO_OTHER_BLOCK, same, lambda app: replace(app, blocked=app.blocked or Blocked.DISABLED))

    def _is_of_profile(self, id_: str) -> bool:
        one = self._inventory.permission_sets.get(id_)
        return one is not None and bool(one.profile_id)

    def _groups_of(self, present: frozenset[str], given: frozenset[str]) -> frozenset[str]:
        """A group's own grant comes with one of its members', and goes with the last."""
        sets = self._inventory.permission_sets
        return frozenset(
            id_
            for id_ in present
            if (one := sets.get(id_)) and one.group_id and given & self._inventory.comes_with(id_)
        )

    def _open(self, draft: AppDraft, what: str) -> None:
        """What is open of an app that somebody uses; of others it hits nobody."""
        if draft.audited.key in self._used:
            self._notes.open(f"the file of {draft.audited.label} {what}")


def shut(app: App, *, stops: bool | None = None, is_off: bool | None = None) -> Blocked:
    """What shuts an app, after its policy or its switch was set; the block list counts more than either."""
    if app.blocked in (Blocked.BY_LIST, Blocked.BY_BOX):
        return app.blocked
    if app.blocked is Blocked.BY_POLICY if stops is None else stops:
        return Blocked.BY_POLICY
    if app.blocked is Blocked.DISABLED if is_off is None else is_off:
        return Blocked.DISABLED
    return Blocked.NO


def _named(root: Element, element: str) -> list[str] | None:
    """The names of a list; empty where an empty element removes all; None where the file leaves it out."""
    if root.first(element) is None:
        return None
    return [text for one in root.all(element) if (text := one.text.strip())]
