"""HTTP/1.1 with the client of Python's library, on connections that stay open."""

import http.client
import json


class Client:
    """One connection, made anew after it failed."""

    def __init__(self, port):
        self.port, self.connection = port, None

    def ask(self, method, path, document=None, fields=None):
        """Status, header fields and body of the answer. Raises OSError or http.client.HTTPException."""
        if self.connection is None:
            self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
            self.connection.connect()
        body = None if document is None else json.dumps(document).encode()
        fields = {**({"content-type": "application/json"} if body is not None else {}), **(fields or {})}
        try:
            self.connection.request(method, path, body, fields)
            answer = self.connection.getresponse()
            return answer.status, answer.headers, answer.read()
        except (OSError, http.client.HTTPException):
            self.close()
            raise

    def close(self):
        if self.connection is not None:
            self.connection.close()
            self.connection = None


class Admin(Client):
    """The admin interface."""

    def __call__(self, method, operation, document=None):
        status, _, body = self.ask(method, f"/admin/v1/{operation}", document)
        return status, body
