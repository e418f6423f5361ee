"""Walks through state machines over HTTP/1.1, and reads back what was recorded of it."""

import http.client
import json
import random
import time
from urllib.parse import quote

from http1 import Admin, Client
from provisions import STATES, STATUS, compact
from world import Actor, Pace

URIS = 50
# The clocks of the two processes are read at different moments and cut to milliseconds.
CLOCK_MS = 2


class Disturbed(Exception):
    """The walk was cut short by the publisher, who had removed all provisions."""


class Failed(Exception):
    """Something was wrong, and told; the walk ends."""


class Walker(Actor):
    name = "HTTP/1.1 client"
    counted = ("requests", "walks", "disturbed", "events", "shortened")

    def __init__(self, world, index, rate):
        super().__init__(world)
        self.random = random.Random(world.seed * 1000 + index)
        self.numbers = range(index * URIS, (index + 1) * URIS)
        self.pace = Pace(rate)
        self.traffic, self.admin = Client(world.port), Admin(world.admin_port)
        self.disturbance = 0

    def run(self):
        walks = (self.walk, self.walk, self.order, self.keep)
        while not self.world.stopping.value:
            number = self.random.choice(self.numbers)
            walk = self.random.choice(walks)
            self.disturbance = self.world.disturbances.value
            try:
                walk(number)
                self.count("walks")
            except Disturbed:
                self.count("disturbed")
                self.forget(number)
            except Failed:
                self.forget(number)
            except (OSError, http.client.HTTPException) as error:
                self.wrong("the connection failed", f"{walk.__name__} {number}", "answers", repr(error))
                self.forget(number)
        self.traffic.close()
        self.admin.close()

    def forget(self, number):
        """Begins anew with a number after a walk that did not reach its end."""
        while self.world.disturbances.value % 2 and not self.world.stopping.value:
            time.sleep(0.01)
        for method, uri in (("POST", "walk"), ("GET", "order"), ("DELETE", "order"), ("PUT", "keep"), ("GET", "kept")):
            self.admin("DELETE", key(method, f"/{uri}/{number}"))

    def expect(self, client, method, path, expected, document=None, fields=None):
        """Asks, and insists on status and body. The header fields and the body of the answer."""
        if client is self.traffic:
            self.pace.wait(self.world)
            self.count("requests")
            status, headers, body = client.ask(method, path, document, fields)
        else:
            status, body = client(method, path, document)
            headers = {}
        allowed = expected[1] is None or body == expected[1]
        if status == expected[0] and allowed:
            return headers, body
        request = f"{method} {path} {json.dumps(document) if document else ''}"
        wanted = f"{expected[0]} {(expected[1] or b'').decode()}"
        self.mismatch("wrong answer", request, wanted, f"{status} {body.decode(errors='backslashreplace')}")
        return None

    def mismatch(self, what, request, expected, got):
        if not self.world.undisturbed_since(self.disturbance):
            raise Disturbed
        self.wrong(what, request, expected, got)
        raise Failed

    def walk(self, number):
        """initial -> a -> b -> c -> purge, with a look at the history before the last step, and one after it."""
        uri, events, begun = f"/walk/{number}", [], time.monotonic()
        begun_ms = time.time_ns() // 1_000_000
        steps = len(STATES) - 1
        for step in range(steps):
            if step == steps - 1:
                self.check_history("POST", uri, events, begun, begun_ms)
            nonce, mark = f"{self.random.getrandbits(64):x} \u2713 \"{step}\"", f"mark-{self.random.getrandbits(32)}"
            document, answer = {"nonce": nonce, "step": step, "list": [1, 2.5, None]}, {"nonce": nonce, "step": step}
            expected = STATUS + step, compact(answer)
            headers, _ = self.expect(self.traffic, "POST", uri, expected, document, {"X-Soak": mark})
            if headers["x-soaked"] != mark or headers["content-type"] != "application/json":
                self.mismatch("wrong header fields", f"POST {uri}", f"x-soaked: {mark}", headers)
            events.append({"previousState": STATES[step], "state": STATES[step + 1], "body": document,
                           "responseBody": answer, "responseStatusCode": STATUS + step, "responseDelayMs": 0,
                           "x-soak": mark})
        self.expect(self.admin, "GET", key("POST", uri), (204, b""))

    def check_history(self, method, uri, sent, begun, begun_ms):
        _, body = self.expect(self.admin, "GET", key(method, uri), (200, None))
        listed = json.loads(body)
        events = listed.get("requests", [])
        got = [{**{name: event.get(name) for name in sent[0] if name != "x-soak"},
                "x-soak": event.get("headers", {}).get("x-soak")} for event in events]
        # Older events may have been dropped to make room.
        is_young = time.monotonic() - begun < self.world.whole_s
        if not got or got != sent[-len(got):] or (is_young and len(got) < len(sent)):
            self.mismatch("wrong history", f"GET {key(method, uri)}", json.dumps(sent), json.dumps(got))
        self.count("events", len(got))
        self.count("shortened", len(got) < len(sent))
        sequences = [event["serverSequence"] for event in events]
        times = [event["receptionTimestampMs"] for event in events]
        now_ms = time.time_ns() // 1_000_000
        if sequences != sorted(set(sequences)):
            self.mismatch("sequence numbers do not grow", f"GET {key(method, uri)}", "growing", sequences)
        if times != sorted(times) or times[0] < begun_ms - CLOCK_MS or times[-1] > now_ms + CLOCK_MS:
            self.mismatch("wrong times", f"GET {key(method, uri)}", f"{begun_ms} to {now_ms}", times)
        if (listed["method"], listed["uri"]) != (method, uri):
            self.mismatch("another key", f"GET {key(method, uri)}", f"{method} {uri}", body)
        chosen = self.random.randint(1, len(events))
        self.expect(self.admin, "GET", key(method, uri, chosen), (200, compact(events[chosen - 1])))
        self.expect(self.admin, "GET", key(method, uri, len(events) + 1), (204, b""))

    def order(self, number):
        """A deletion changes the state of another method; what it records there is an event of its own kind."""
        uri = f"/order/{number}"
        self.expect(self.traffic, "GET", uri, (200, compact({"order": "there"})))
        self.expect(self.traffic, "DELETE", uri, (204, b""))
        _, body = self.expect(self.admin, "GET", key("GET", uri, -1), (200, None))
        event = json.loads(body)
        if (event.get("virtualOriginComingFromMethod"), event.get("state")) != ("DELETE", "deleted"):
            self.mismatch("wrong virtual event", f"GET {key('GET', uri, -1)}", "DELETE, deleted", body)
        self.expect(self.traffic, "GET", uri, (404, compact({"order": "gone"})))
        self.expect(self.admin, "GET", key("GET", uri), (204, b""))
        self.expect(self.admin, "DELETE", key("DELETE", uri), (200, b""))
        self.expect(self.admin, "DELETE", key("DELETE", uri), (204, b""))

    def keep(self, number):
        """An answer made of the latest event of another key, which is never dropped."""
        document = {"nonce": f"{self.random.getrandbits(64):x}"}
        self.expect(self.traffic, "PUT", f"/keep/{number}", (200, compact({"kind": "keep", **document})), document)
        self.expect(self.traffic, "GET", f"/kept/{number}", (200, compact({"kept": document})))


def key(method, uri, number=None):
    """The operation that reads or deletes what was recorded of a method and URI, or one event of it."""
    chosen = f"&requestNumber={number}" if number else ""
    return f"server-data?requestMethod={method}&requestUri={quote(uri)}{chosen}"
