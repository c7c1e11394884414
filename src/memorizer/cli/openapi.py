"""`memorizer openapi`."""


def openapi() -> None:
    """Print the OpenAPI description of the REST API."""
    from memorizer.cli import console
    from memorizer.http.app import openapi_text

    console.machine(openapi_text().rstrip("\n"))
