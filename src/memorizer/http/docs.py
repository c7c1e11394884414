"""The page that explains the API. Swagger UI comes from a package, so no network is needed."""

import base64
import hashlib
import re

from fastapi import FastAPI
from fastapi.openapi.docs import get_swagger_ui_html
from starlette.responses import HTMLResponse
from starlette.staticfiles import StaticFiles

ASSETS = "/docs/assets"


def add_docs(app: FastAPI, root_path: str = "") -> None:
    """Serve the page at /docs; to a browser everything stands below the root path."""
    page = get_swagger_ui_html(
        openapi_url=f"{root_path}/openapi.json",
        title=app.title,
        swagger_js_url=f"{root_path}{ASSETS}/swagger-ui-bundle.js",
        swagger_css_url=f"{root_path}{ASSETS}/swagger-ui.css",
        swagger_favicon_url=f"{root_path}{ASSETS}/favicon.png",
        swagger_ui_parameters={"validatorUrl": None},  # else it tells a public service of us
    )
    page.headers["Content-Security-Policy"] = _policy(bytes(page.body).decode())
    app.mount(ASSETS, StaticFiles(packages=[("fastapi_offline", "static")]), name="docs-assets")

    @app.get("/docs", include_in_schema=False)
    async def read_docs() -> HTMLResponse:
        return page


def _policy(page: str) -> str:
    """Lets run what the page itself holds, and nothing else that stands in a page."""
    scripts = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    digests = (hashlib.sha256(script.encode()).digest() for script in scripts)
    allowed = " ".join(f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests)
    return (
        f"default-src 'none'; script-src 'self' {allowed}; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    )
