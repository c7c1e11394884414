"""`memorizer openapi`."""


def openapi() -> None:
    """Print the OpenAPI description of the REST API."""
    from memorizer.http.app import openapi_text

    print(openapi_text(), end="")
