"""A person's browser, for clients that open one: `python -m support.oauth_person ADDRESS`.

Logs in with the token in PERSON_TOKEN, allows what is asked for, and goes where it is sent.
"""

import os
import ssl
import sys

import httpx

from support.oauth import csrf_of


def visit(url: str, token: str, trusted: str) -> str:
    """The address that the browser is sent to at the end."""
    origin = f"https://{httpx.URL(url).netloc.decode()}"
    own_page = {"Origin": origin, "Sec-Fetch-Site": "same-origin"}
    with httpx.Client(verify=ssl.create_default_context(cafile=trusted), timeout=60) as http:
        form = {"csrf": csrf_of(http.get(url)), "token": token, "action": "login"}
        page = http.post(url, data=form, headers=own_page)
        form = {"csrf": csrf_of(page), "action": "allow", "scope": "write", "workspace": ""}
        reply = http.post(url, data=form, headers=own_page)
        assert reply.status_code == httpx.codes.SEE_OTHER, reply.text
        return str(reply.headers["location"])


if __name__ == "__main__":
    there = visit(sys.argv[1], os.environ["PERSON_TOKEN"], os.environ["PERSON_TRUSTS"])
    httpx.get(there, timeout=60)
