"""Who uses what: tokens, logins and calls joined to apps. Two apps of one name are never made one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sfmeta.model.inventory import App, Gap, Source, Use, User, Way
from sfmeta.ops.audit.app_names import AppNames
from sfmeta.ops.audit.calls import Call
from sfmeta.ops.audit.leaving_out import is_remains
from sfmeta.ops.audit.logins import Door, Login
from sfmeta.ops.audit.rows import latest
from sfmeta.ops.audit.tokens import Token
from sfmeta.report.words import counted

_BY_TOKEN = (Way.REFRESH_TOKEN, Way.JWT_BEARER, Way.CLIENT_CREDENTIALS)


@dataclass(slots=True)
class _Use:
    """A use in the making."""

    last_used: datetime | None = None
    uses: int = 0
    logins: int = 0
    addresses: set[str] = field(default_factory=set)
    sources: set[Source] = field(default_factory=set)
    failures: int = 0


@dataclass(slots=True)
class Tally:
    """What coverage says beside the uses themselves.

    Attributes:
        guessed: logins whose flow was guessed to be username-password; none of those that are left out as a probe's.
        programs: what SOAP clients call themselves.
        browser: the last browser login, by user.
        unnamed: OAuth logins without the name of an app.
        unknown_calls: calls through an app that nothing here names.
    """

    guessed: int = 0
    programs: set[str] = field(default_factory=set)
    browser: dict[str, datetime] = field(default_factory=dict)
    unnamed: int = 0
    unknown_calls: int = 0


class Joiner:
    """Joins what was seen to users and apps.

    Args:
        names: the apps, and what they are called.
        users: by id.
    """

    def __init__(self, names: AppNames, users: Mapping[str, User]) -> None:
        self._names = names
        self._users = users
        self._uses: dict[tuple[str, str, Way], _Use] = {}
        self._first_way: dict[tuple[str, str], Way] = {}
        self._authorised: dict[tuple[str, str], datetime] = {}
        self._browsers: dict[str, set[str]] = {}
        self.tally = Tally()

    def tokens(self, tokens: Sequence[Token]) -> None:
        """Adds rows of OauthToken."""
        keys = self._names.of_tokens({(token.app_id, token.name) for token in tokens})
        for token in tokens:
            app = self._names.apps[keys[token.app_id, token.name]]
            use = self._use(token.user_id, app.key, self._way_of_token(token.user_id, app))
            use.uses += token.uses
            use.last_used = latest(use.last_used, token.last_used)
            use.sources.add(Source.OAUTH_TOKEN)
            self._authorise(token.user_id, app.key, token.created)

    def logins(self, logins: Iterable[Login]) -> None:
        """Adds logins; after the tokens."""
        for login in logins:
            if login.door is Door.BROWSER:
                self._browser(login)
            elif login.door is Door.SOAP:
                self.tally.programs |= {login.application} - {"", "N/A"}
                self._add_login(self._use(login.user_id, "", Way.SOAP_LOGIN), login)
            else:
                self._oauth_login(login)

    def calls(self, calls: Iterable[Call]) -> None:
        """Adds API calls; after the logins."""
        for call in calls:
            if call.app_id:
                self._call_through_app(call)
            else:
                self._call_without_app(call)

    def execution_users(self) -> None:
        """Adds the users as whom client credentials run; after all else."""
        ids = {user.username: user.id for user in self._users.values()}
        for app in list(self._names.apps.values()):
            user_id = ids.get(app.execution_user, "")
            if app.execution_user and user_id:
                self._use(user_id, app.key, Way.CLIENT_CREDENTIALS).sources.add(Source.APP_METADATA)
            elif app.execution_user:
                said = f"{app.label} runs as {app.execution_user}, whom the org does not list"
                self._names.gaps.append(Gap("execution-user", said))

    def uses(self) -> tuple[Use, ...]:
        """All uses, sorted by user, app and way; each with the latest authorisation of its user for its app.

        Addresses are those of logins that the org let in. A session of a browser has those of its user's browser
        logins: where a call comes from says nothing of where the session was opened.
        """
        return tuple(
            Use(
                user_id,
                app,
                way,
                use.last_used,
                _times(use),
                self._authorised.get((user_id, app)),
                frozenset(self._browsers.get(user_id, ()) if way is Way.BROWSER_SESSION else use.addresses),
                frozenset(use.sources),
                use.failures,
            )
            for (user_id, app, way), use in sorted(self._uses.items())
        )

    def gaps(self) -> tuple[Gap, ...]:
        """What could not be joined."""
        gaps = list(self._names.gaps)
        if self.tally.unnamed:
            said = f"{counted(self.tally.unnamed, 'OAuth login')} in LoginHistory name no app"
            gaps.append(Gap("logins-without-app", said))
        if self.tally.unknown_calls:
            said = f"{counted(self.tally.unknown_calls, 'API call')} came through an app id that nothing here names"
            gaps.append(Gap("calls-of-unknown-app", said, "Ask Salesforce Support about app ids that begin with 888"))
        return tuple(gaps)

    def _use(self, user_id: str, app: str, way: Way) -> _Use:
        key = (user_id, app, way)
        found = self._uses.get(key)
        if found is None:
            found = self._uses[key] = _Use()
            self._first_way.setdefault((user_id, app), way)
        return found

    def _authorise(self, user_id: str, app: str, created: datetime | None) -> None:
        newest = latest(self._authorised.get((user_id, app)), created)
        if newest is not None:
            self._authorised[user_id, app] = newest

    def _way_of_token(self, user_id: str, app: App) -> Way:
        """A token is a refresh token unless the app's own file says that it gives none."""
        if app.scopes is None or "refresh_token" in app.scopes:
            return Way.REFRESH_TOKEN
        return self._without_refresh_token(user_id, app) or Way.REFRESH_TOKEN

    def _without_refresh_token(self, user_id: str, app: App) -> Way | None:
        user = self._users.get(user_id)
        if app.execution_user and user is not None and user.username == app.execution_user:
            return Way.CLIENT_CREDENTIALS
        return Way.JWT_BEARER if app.has_certificate else None

    def _browser(self, login: Login) -> None:
        if not login.is_success:
            return
        self._browsers.setdefault(login.user_id, set()).update({login.address} - {""})
        last = latest(self.tally.browser.get(login.user_id), login.latest)
        if last is not None:
            self.tally.browser[login.user_id] = last

    def _oauth_login(self, login: Login) -> None:
        keys = self._names.of_login(login.application)
        if not keys:
            self.tally.unnamed += login.count
        with_token = [key for key in keys if self._token_way(login.user_id, key)]
        # of several apps of that name, those that the user has authorised
        for key in with_token or keys:
            self._add_login(self._use(login.user_id, key, self._way_of_login(login, key)), login)

    def _token_way(self, user_id: str, app: str) -> Way | None:
        """The way of the user's token for the app, None where there is none."""
        uses = ((way, self._uses.get((user_id, app, way))) for way in _BY_TOKEN)
        return next((way for way, use in uses if use and Source.OAUTH_TOKEN in use.sources), None)

    def _way_of_login(self, login: Login, key: str) -> Way:
        """What LoginSubType says; without it, the way of the token; without that, what the app can do.

        A web login of somebody who has a token is how the token came about. What leaves no token and is neither JWT
        bearer nor client credentials is taken for username-password (Help remoteaccess_oauth_username_password_flow:
        such sessions do not show on Connected Apps OAuth Usage); that is a guess, and counted where no probe did it.
        """
        by_token = self._token_way(login.user_id, key)
        if login.way is not None and not (login.way is Way.WEB and by_token):
            return login.way
        app = self._names.apps[key]
        found = by_token or self._without_refresh_token(login.user_id, app)
        if found is None and not is_remains(app):
            self.tally.guessed += login.count
        return found or Way.OAUTH_PASSWORD

    def _add_login(self, use: _Use, login: Login) -> None:
        use.sources.add(Source.LOGIN_HISTORY)
        if login.is_success:
            use.addresses |= {login.address} - {""}
            use.logins += login.count
            use.last_used = latest(use.last_used, login.latest)
        else:
            use.failures += login.count

    def _call_through_app(self, call: Call) -> None:
        key = self._names.of_call(call.app_id)
        if not key:
            self.tally.unknown_calls += call.count
            return
        app, seen = self._names.apps[key], self._first_way.get((call.user_id, key))
        way = seen or self._without_refresh_token(call.user_id, app) or Way.OAUTH_PASSWORD
        self._add_call(call, key, way)

    def _call_without_app(self, call: Call) -> None:
        """A session of SOAP login() where the user has one from that address; else one of a browser."""
        soap = self._uses.get((call.user_id, "", Way.SOAP_LOGIN))
        way = Way.SOAP_LOGIN if soap and call.address in soap.addresses else Way.BROWSER_SESSION
        self._add_call(call, "", way)

    def _add_call(self, call: Call, app: str, way: Way) -> None:
        is_new = (call.user_id, app, way) not in self._uses
        use = self._use(call.user_id, app, way)
        if is_new or use.sources == {Source.API_EVENTS}:
            use.logins += call.count
        use.sources.add(Source.API_EVENTS)
        use.last_used = latest(use.last_used, call.latest)


def _times(use: _Use) -> int:
    """Uses of its tokens, or logins where there are none or they count nothing; once at least where it was seen."""
    return max(use.uses or use.logins, int(use.last_used is not None))
