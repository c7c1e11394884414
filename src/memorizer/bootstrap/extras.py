"""Packages that are not always installed, and how to add them."""


def install(extra: str) -> str:
    """What to do for one of pyproject.toml's extras.

    It names a checkout and a wheel: nothing of ours is in a package index, where the name
    `memorizer` belongs to somebody else.
    """
    return (
        f"Run `pip install '.[{extra}]'` in the checkout, "
        f"or `pip install 'PATH-OF-THE-WHEEL[{extra}]'`."
    )
