"""Questions about who gets in: our own user, through the throw-away app and its fresh key."""

from __future__ import annotations

from sfmeta.change.guards import SWITCHES
from sfmeta.model.names import ComponentId
from sfmeta.ops.doctor.examination import SETTINGS
from sfmeta.ops.probe.answer import Learned, NotSettled
from sfmeta.ops.probe.apps import Doorway, block_of
from sfmeta.ops.probe.bench import Bench
from sfmeta.ops.probe.question import Question
from sfmeta.org.soql import quoted

_NOT_APPROVED = "hasn't approved this consumer"
_NOT_ADMIN_APPROVED = "not admin approved"


def _open(bench: Bench, scopes: tuple[str, ...] = Doorway().scopes) -> None:
    """Opens the app to our user, and sees that it is: whoever is refused later is refused for a reason."""
    name, made = bench.permission_set()
    bench.assign(made)
    bench.attach(name, scopes)
    bench.doors.end(bench.session(bench.jwt()))


def _shut(bench: Bench) -> None:
    """Takes all grants off the app."""
    bench.set_door(Doorway(()))
    bench.settle()


def _jwt_without_grant(bench: Bench) -> Learned:
    _open(bench)
    _shut(bench)
    said = bench.refusal(bench.jwt())
    if _NOT_APPROVED in said or _NOT_ADMIN_APPROVED in said:
        return Learned(_NOT_APPROVED in said, f"A JWT login without a grant was refused: {said}")
    raise NotSettled(f"a JWT login without a grant was refused in other words: {said}" if said else _LET_IN)


_LET_IN = "our user gets in without a grant too (Use Any API Client opens external client apps)"


def _jwt_listed(bench: Bench) -> Learned:
    _open(bench)
    session = bench.session(bench.jwt())
    where = f"UserId = {quoted(bench.me)} AND AppName = {quoted(bench.app.name)}"
    bench.settle()
    found = bench.rows(f"SELECT AppName FROM OauthToken WHERE {where}")  # noqa: S608 (quoted)
    bench.doors.end(session)
    words = "shows" if found else "does not show"
    return Learned(bool(found), f"OauthToken {words} a JWT login of our own user through {bench.app.kind}")


def _group_members(bench: Bench) -> Learned:
    _open(bench)
    _shut(bench)
    if bench.is_let_in(bench.jwt()):
        raise NotSettled(_LET_IN)
    name, made = bench.permission_set()
    group = bench.group(made)
    bench.org.create_record("PermissionSetAssignment", {"AssigneeId": bench.me, "PermissionSetGroupId": group})
    bench.attach(name)
    bench.settle()
    said = bench.refusal(bench.jwt())
    if not said:
        return Learned(True, f"A permission set that came with a group let our user into {bench.app.kind}")
    return Learned(False, f"A permission set that came with a group did not let our user in: {said}")


def _api_scope(bench: Bench) -> Learned:
    _open(bench, ("RefreshToken",))
    bench.settle()
    session = bench.session(bench.jwt())
    try:
        if bench.doors.opens_rest(session):
            raise NotSettled("a token without the scope api opens the REST API too")
        opens = bench.doors.opens_soap(session)
    finally:
        bench.doors.end(session)
    words = "opens" if opens else "does not open"
    return Learned(not opens, f"A token without the scope api {words} the Metadata API over SOAP, and not the REST API")


def _client_credentials(bench: Bench) -> Learned:
    _open(bench)
    bench.doors.end(bench.session(bench.client_credentials()))
    _shut(bench)
    said = bench.refusal(bench.client_credentials())
    if not said:
        if bench.is_let_in(bench.jwt()):
            raise NotSettled(_LET_IN)
        return Learned(True, "Client credentials ran as our user, whom the app is not approved for")
    return Learned(False, f"Client credentials of a user whom the app is not approved for were refused: {said}")


def _deleting_a_block(bench: Bench) -> Learned:
    _open(bench)
    component = ComponentId.of("BlacklistedConsumer", bench.app.name)
    if words := bench.deploy(block_of(bench.app), note=str(component)):
        raise NotSettled(f"the org takes no block of the probe's own app: {words}")
    bench.settle()
    if bench.is_let_in(bench.jwt()):
        raise NotSettled("a block of the probe's own app did not shut it")
    if words := bench.undeploy(component):
        raise NotSettled(f"the block of the probe's own app could not be deleted: {words}")
    bench.settle()
    said = bench.refusal(bench.jwt())
    # the app stays shut for good: whoever asks next needs another one
    if said:
        bench.drop_app()
        return Learned(False, f"A blocked app stayed shut after its block was deleted by a deployment: {said}")
    return Learned(True, "A blocked app opened again when its block was deleted by a deployment")


def _needs_box(bench: Bench) -> None:
    settings = bench.documents(SETTINGS)
    internal = next(iter(SWITCHES))
    if not any(root.value(internal) == "true" for root in settings):
        raise NotSettled("the box for internal users is not ticked, and a probe ticks none")


def _self_authorize(bench: Bench) -> Learned:
    _needs_box(bench)
    _open(bench)
    _shut(bench)
    if bench.is_let_in(bench.jwt()):
        raise NotSettled(_LET_IN)
    bench.set_door(Doorway(everyone=True))
    bench.settle()
    said = bench.refusal(bench.jwt())
    if said:
        # JWT bearer shows no consent page: an approval may be missing (Help remoteaccess_oauth_jwt_flow)
        raise NotSettled(f"our user was refused, by the box or because a person must approve the app first: {said}")
    return Learned(True, f"Under the box our user, approved by nobody, got into {bench.app.kind} that is open to all")


def _any_client_opens(bench: Bench) -> Learned:
    _needs_box(bench)
    app = bench.connected_app
    _open(bench)
    _shut(bench)
    held = "our user holds it already"
    if not bench.is_let_in(bench.jwt()):
        name, made = bench.permission_set(UseAnyApiClient=True)
        bench.assign(made)
        bench.settle()
        held = f"by {name}"
    said = bench.refusal(bench.jwt())
    if not said:
        return Learned(True, f"Use Any API Client ({held}) let our user into {app.kind} without a grant")
    return Learned(False, f"Use Any API Client ({held}) did not let our user into {app.kind} without a grant: {said}")


_APP = "an app that only admin-approved users may use, its fresh key, an empty permission set of our own user"
_BACK = "sessions are ended at once; what was made is deleted"

QUESTIONS = (
    Question(
        "jwt_tokens_are_listed",
        "Do JWT bearer logins show in OauthToken?",
        _APP,
        "our user logs in by JWT through it, and OauthToken is looked at",
        _BACK,
        _jwt_listed,
    ),
    Question(
        "jwt_without_grant_says_not_approved",
        "Is a JWT login without a grant told that the user has not approved the consumer?",
        _APP,
        "our user logs in by JWT with the grant, which works, and without it",
        _BACK,
        _jwt_without_grant,
    ),
    Question(
        "group_members_preauthorize",
        "Is a user pre-authorised by a permission set that comes with a group?",
        f"{_APP}, and a permission set group",
        "our user logs in with the grant, without it, and with one that comes with the group",
        _BACK,
        _group_members,
    ),
    Question(
        "client_credentials_ignore_permitted_users",
        "Is the execution user of client credentials exempt from Permitted Users?",
        _APP,
        "client credentials run as our own user, with the grant and without it",
        _BACK,
        _client_credentials,
    ),
    Question(
        "self_authorize_survives_first_box",
        "Do apps that all users may authorise go on working under the first box?",
        _APP,
        "only where the box is ticked already: the app is opened to all, and our user logs in without a grant",
        _BACK,
        _self_authorize,
    ),
    Question(
        "use_any_api_client_opens_admin_approved_apps",
        "Does Use Any API Client open admin-approved connected apps without a grant?",
        f"{_APP}, and a permission set with Use Any API Client",
        "only where the box is ticked already: our user logs in without a grant, with that permission",
        _BACK,
        _any_client_opens,
    ),
    Question(
        "api_scope_counts_for_soap",
        "Do SOAP doors refuse a token without the scope api?",
        f"{_APP}, without the scope api",
        "our user logs in and uses the session over REST and over SOAP",
        _BACK,
        _api_scope,
    ),
    Question(
        "deleting_a_block_unblocks",
        "Does deleting a BlacklistedConsumer by a deployment let the app in again?",
        f"{_APP}, and a block of that app",
        "our user logs in before the block, under it, and after it is deleted",
        _BACK,
        _deleting_a_block,
    ),
)
"""In this order: those that leave the app as it was come first."""
