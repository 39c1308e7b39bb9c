"""The plain HTML pages of the doors: log in, allow or deny, an error. They work without JavaScript."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from urllib.parse import quote

from sfmeta.localorg.http.reply import Reply

HTML = "text/html;charset=UTF-8"

# no framing, no caching, nothing from elsewhere: the page takes passwords and decisions
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
}
_URL_CHARACTERS = "".join(chr(code) for code in range(33, 127))
_PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<meta name="viewport" content="width=device-width">
<style>body{{font-family:sans-serif;max-width:28rem;margin:3rem auto;padding:0 1rem}}
label{{display:block;margin:.8rem 0}}input{{font:inherit}}.error{{color:#a00}}</style></head>
<body><h1>{title}</h1>
{body}
</body></html>
"""


def page(title: str, body: str, status: int = 200) -> Reply:
    """A page.

    Args:
        title: plain text.
        body: HTML.
        status: the HTTP status.
    """
    return Reply(status, _PAGE.format(title=escape(title), body=body).encode(), HTML, _HEADERS)


def login_page(action: str, hidden: Mapping[str, str], problem: str = "", username: str = "") -> Reply:
    """The login form.

    Args:
        action: where it is posted to.
        hidden: fields that travel along.
        problem: why the last try failed, "" for the first.
        username: to begin with.
    """
    error = f'<p class="error" id="error" role="alert">{escape(problem)}</p>\n' if problem else ""
    body = (
        f'{error}<form method="post" action="{escape(action)}">{_hidden(hidden)}\n'
        f'<label>Username <input id="username" name="un" autocomplete="username" value="{escape(username)}"></label>\n'
        '<label>Password <input id="password" name="pw" type="password" autocomplete="current-password"></label>\n'
        '<input id="Login" type="submit" name="Login" value="Log In to Local Org"></form>'
    )
    return page("Login", body, 403 if problem else 200)


def approval_page(action: str, hidden: Mapping[str, str], app: str, username: str, wanted: list[str]) -> Reply:
    """Allow or deny.

    Args:
        action: where it is posted to.
        hidden: fields that travel along.
        app: the client's label.
        username: who decides.
        wanted: the scopes.
    """
    rows = "".join(f"<li>{escape(scope)}</li>" for scope in wanted)
    body = (
        f"<p><b>{escape(app)}</b> is asking to:</p><ul>{rows}</ul>\n"
        f"<p>Do you want to allow access for {escape(username)}?</p>\n"
        f'<form method="post" action="{escape(action)}">{_hidden(hidden)}\n'
        '<input id="oadeny" type="submit" name="cancel" value="Deny">\n'
        '<input id="oaapprove" type="submit" name="save" value="Allow"></form>'
    )
    return page("Allow Access?", body)


def code_page(action: str, user_code: str, problem: str = "") -> Reply:
    """Where a person enters the code that a device shows, with name and password."""
    error = f'<p class="error" id="error" role="alert">{escape(problem)}</p>\n' if problem else ""
    body = (
        f'{error}<form method="post" action="{escape(action)}">\n'
        f'<label>Code <input id="user_code" name="user_code" value="{escape(user_code)}"></label>\n'
        '<label>Username <input id="username" name="un" autocomplete="username"></label>\n'
        '<label>Password <input id="password" name="pw" type="password" autocomplete="current-password"></label>\n'
        '<input id="connect" type="submit" value="Connect"></form>'
    )
    return page("Connect Your Device", body, 403 if problem else 200)


def error_page(text: str, status: int = 200) -> Reply:
    """The page that ends a flow which cannot go back to the client."""
    body = (
        "<p>We can't authorize you because of an OAuth error. For more information, contact your Salesforce "
        f'administrator.</p>\n<p class="error" id="error" role="alert">{escape(text)}</p>'
    )
    return page("OAuth Error", body, status)


def redirect(location: str, cookie: str = "") -> Reply:
    """Sends the browser elsewhere; what a header cannot hold is escaped."""
    headers = {
        "Location": quote(location, safe=_URL_CHARACTERS),
        "Cache-Control": "no-store",
        **({"Set-Cookie": cookie} if cookie else {}),
    }
    return Reply(302, headers=headers)


def _hidden(fields: Mapping[str, str]) -> str:
    return "".join(
        f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">' for name, value in fields.items()
    )
