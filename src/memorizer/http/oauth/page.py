"""The pages on which a person logs in and says what a client may do. Plain HTML, no scripts."""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from html import escape
from typing import Final
from urllib.parse import urlsplit

from starlette.responses import HTMLResponse

from memorizer.domain.auth import Identity, Scope
from memorizer.domain.oauth import AuthorizationRequest, is_loopback, redirect_host

STYLE: Final = """
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { margin: 0 auto; padding: 2rem 1rem; max-width: 30rem; overflow-wrap: anywhere; }
h1 { font-size: 1.4rem; line-height: 1.3; }
fieldset { border: 1px solid #8888; border-radius: .5rem; margin: 1rem 0; padding: .5rem 1rem; }
label { display: block; margin: .5rem 0; }
input[type=password], select { box-sizing: border-box; width: 100%; padding: .5rem; font: inherit; }
button { font: inherit; padding: .5rem 1.2rem; margin: .5rem .5rem 0 0; border-radius: .5rem;
  border: 1px solid #8888; cursor: pointer; }
button.main { background: #1c5fc4; border-color: #1c5fc4; color: #fff; }
.note { border-left: .25rem solid #c77700; padding-left: .75rem; }
.error { border-left: .25rem solid #c22; padding-left: .75rem; }
.small { font-size: .9rem; opacity: .8; }
"""
_STYLE_HASH: Final = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
WORDS: Final[Mapping[Scope, str]] = {
    Scope.READ: "Read: search and read memories",
    Scope.WRITE: "Read and write: also store, change and delete memories",
}
CSRF: Final = "csrf"


def login_page(request: AuthorizationRequest, csrf: str, problem: str = "") -> HTMLResponse:
    """Ask for a token."""
    error = f'<p class="error" role="alert">{escape(problem)}</p>' if problem else ""
    return _page(
        f"Log in to connect {request.client.name}",
        f"""
{_who(request)}
{error}
<form method="post">
<input type="hidden" name="{CSRF}" value="{escape(csrf)}">
<label>Your Memorizer token
<input type="password" name="token" autocomplete="off" required autofocus maxlength="200"></label>
<p class="small">It is not given to {escape(request.client.name)}. The client gets a token of its
own, which can do at most what yours can and ends with it. Make one with
<code>memorizer token create</code>, or on the page under Admin → Access.</p>
<button class="main" name="action" value="login">Log in</button>
<button name="action" value="deny" formnovalidate>Cancel</button>
</form>""",
        request.redirect_uri,
        status=400 if problem else 200,
    )


def consent_page(
    request: AuthorizationRequest, csrf: str, identity: Identity, workspaces: Sequence[str]
) -> HTMLResponse:
    """Ask what the client may do; `workspaces` are paths that the person's token shows."""
    offered = [s for s in WORDS if request.scope.covers(s) and identity.scope.covers(s)]
    scopes = "\n".join(
        f'<label><input type="radio" name="scope" value="{scope}"'
        f"{' checked' if scope is offered[-1] else ''}> {WORDS[scope]}</label>"
        for scope in offered
    )
    everything = (
        "Everything" if identity.grants is None else "All workspaces that this token can see"
    )
    options = "\n".join(
        f'<option value="{escape(path)}">{escape(path)}</option>' for path in workspaces
    )
    return _page(
        f"Connect {request.client.name}?",
        f"""
{_who(request)}
<p>Logged in with the token <strong>{escape(identity.name or identity.id)}</strong>.</p>
<form method="post">
<input type="hidden" name="{CSRF}" value="{escape(csrf)}">
<fieldset><legend>It may</legend>
{scopes}
</fieldset>
<label>In
<select name="workspace"><option value="">{everything}</option>
{options}</select></label>
<p class="small">The connection appears on the page under Admin → Access, where it can be ended.</p>
<button class="main" name="action" value="allow">Allow</button>
<button name="action" value="deny">Deny</button>
</form>""",
        request.redirect_uri,
    )


def error_page(problem: str) -> HTMLResponse:
    """Say why nothing is asked; nobody is sent anywhere."""
    body = f"""
<p class="error" role="alert">{escape(problem)}</p>
<p>Start the login in your program again. If it goes on, remove the connection there and add it
anew: it then registers itself again.</p>"""
    return _page("This login cannot go on", body, None, status=400)


def _who(request: AuthorizationRequest) -> str:
    client, host = request.client, redirect_host(request.redirect_uri)
    name = escape(client.name)
    published = (
        f" It is described at <strong>{escape(redirect_host(client.id))}</strong>."
        if client.id.startswith("https:")
        else " Nobody has verified this name."
    )
    local = (
        '<p class="note">The answer goes to a program on the computer of whoever opens this page. '
        "Go on only if you have just started this login yourself, in a program that you trust."
        "</p>"
        if is_loopback(request.redirect_uri)
        else ""
    )
    return (
        f"<p><strong>{name}</strong> asks for access to the memories on this server.{published}"
        f" The answer is sent to <strong>{escape(host)}</strong>.</p>{local}"
    )


def _page(title: str, body: str, redirect_uri: str | None, *, status: int = 200) -> HTMLResponse:
    html = f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(title)} · Memorizer</title><style>{STYLE}</style></head>
<body><main><h1>{escape(title)}</h1>{body}</main></body></html>
"""
    policy = (
        f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; base-uri 'none'; "
        f"form-action 'self'{_redirect_source(redirect_uri)}; frame-ancestors 'none'"
    )
    headers = {
        "Content-Security-Policy": policy,
        "Cache-Control": "no-store",
        # without it the form's Origin would be null, which is refused as a foreign page's
        "Referrer-Policy": "same-origin",
    }
    return HTMLResponse(html, status, headers)


def _redirect_source(uri: str | None) -> str:
    """Return the source of the redirect after the form, which browsers count as its target."""
    if uri is None:
        return ""
    parts = urlsplit(uri)
    if ":" in (parts.hostname or ""):  # the grammar of CSP has no IPv6 addresses
        return f" {parts.scheme}:"
    return f" {parts.scheme}://{parts.netloc}"
