"""Servers that speak the real protocols on this machine, for clients that are not patched.

`DeepLServer`, `OpenAIServer` and `HubServer` are context managers with the same controls
(`loopback.py`):

    with OpenAIServer() as server:
        server.next(status(429, retry_after_ms=5), reply("short"))   # one for each coming request
        server.always(reply("slots_drop"))                            # from then on, until calm()
        ...
        assert server.count("/v1/chat/completions") == 3

A translation is `server.translate(text)`, at first `pseudo_korean`; give any function instead.
"""
