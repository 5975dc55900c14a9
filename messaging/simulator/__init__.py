"""The gateway in a box: the vendor's side of the protocol, as its own process.

It is what our client is tested and demonstrated against, so it shares no code with the client: standard
library only, its own reading of the vendor's document. Start it with `python -m messaging.simulator`.
"""
