"""`memorizer mcp`: the protocol on standard input and output. Standard library only.

Clients start this for every session and wait for it, so it must answer at once: a bridge hands
each message to the Memorizer server that runs on the same data directory, or, where none runs,
to one inside this process that is loaded meanwhile.
"""
