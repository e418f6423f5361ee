"""Many requests at once over HTTP/2, each answer compared byte by byte."""

import json
import random
import time

import h2
import provisions
from provisions import PUBLISHED, STATIC, compact
from world import Actor

STREAMS = 20
URIS = 100
# Now and then a new connection: those that end in order must leave nothing behind.
REQUESTS_PER_CONNECTION = 5000
ANSWER_S_MAX = 20
DELAYS_MS = (1, 2, 5, 10, 20, 30, 45, 60, 80, 120)
# The server may take a millisecond that has begun for a whole one.
EARLY_S_MAX = 0.001


class Expected:
    """A request under way and what must come back."""

    def __init__(self, world, request, body, delay_ms=0, publication=None):
        self.request, self.body, self.delay_ms, self.publication = request, body, delay_ms, publication
        self.sent_at = time.monotonic()
        self.disturbance = world.disturbances.value
        self.version = world.in_force[publication] if publication is not None else None


class Checker(Actor):
    name = "HTTP/2 client"
    counted = ("requests", "connections", "missing")

    def __init__(self, world, index, rate):
        super().__init__(world)
        self.rate = rate
        self.random = random.Random(world.seed * 100 + index)
        self.numbers = range(2000 + index * URIS, 2000 + (index + 1) * URIS)

    def run(self):
        while not self.world.stopping.value:
            connection = h2.Connection(self.world.port)
            self.count("connections")
            pending = {}
            try:
                self.use(connection, pending)
            except h2.Lost as error:
                oldest = min(pending.values(), key=lambda e: e.sent_at).request if pending else "none under way"
                self.wrong("the connection was lost", oldest, "no end of the connection", error)
            connection.close()

    def use(self, connection, pending):
        begun, sent = time.monotonic(), 0
        while True:
            is_last = self.world.stopping.value or sent >= REQUESTS_PER_CONNECTION
            if is_last and not pending:
                return
            # What could not be sent in time is not made up for.
            due = (time.monotonic() - begun) * self.rate
            if due > sent + STREAMS:
                begun, due = time.monotonic() - sent / self.rate, sent + STREAMS
            while not is_last and len(pending) < STREAMS and sent < due:
                stream, expected = self.send(connection)
                pending[stream] = expected
                sent += 1
            connection.flush()
            for answer in connection.receive(0.005):
                self.check(answer, pending.pop(answer.stream))
            now = time.monotonic()
            for stream, expected in list(pending.items()):
                if now - expected.sent_at > ANSWER_S_MAX:
                    self.wrong(f"no answer for {ANSWER_S_MAX} s", expected.request, expected.body, "nothing")
                    connection.cancel(stream)
                    del pending[stream]

    def send(self, connection):
        number, kind = self.random.choice(self.numbers), self.random.random()
        method, body, members = "GET", b"", {}
        if kind < 0.3:
            path, answer = f"/static/{number}", compact(STATIC)
        elif kind < 0.7:
            nonce, amount = f"nönce-{self.random.getrandbits(64):x}", self.random.randint(-2**31, 2**31)
            method, path = "POST", f"/echo/{number}"
            body = json.dumps({"nonce": nonce, "amount": amount}).encode()
            answer = provisions.echoed(number, nonce, amount)
        elif kind < 0.85:
            members = {"delay_ms": self.random.choice(DELAYS_MS)}
            path, answer = f"/delay/{members['delay_ms']}/{number % 10}", provisions.delayed(number % 10)
        else:
            members = {"publication": self.random.randrange(PUBLISHED)}
            path, answer = f"/publish/{members['publication']}", b""
        fields = [("x-soak", f"{number}"), ("content-type", "application/json")]
        expected = Expected(self.world, f"{method} {path} {body.decode()}".rstrip(), answer, **members)
        return connection.request(method, path, body, fields), expected

    def check(self, answer, expected):
        self.count("requests")
        if answer.reset is not None:
            return self.wrong("the stream was reset", expected.request, "an answer", f"error code {answer.reset}")
        got = f"{answer.status} {answer.body.decode(errors='backslashreplace')}"
        if answer.status == 501 and not answer.body and not self.world.undisturbed_since(expected.disturbance):
            return self.count("missing")
        if expected.publication is not None:
            return self.check_version(got, expected)
        if (answer.status, bytes(answer.body)) != (200, expected.body):
            return self.wrong("wrong answer", expected.request, f"200 {expected.body.decode()}", got)
        took = time.monotonic() - expected.sent_at
        if took < expected.delay_ms / 1000 - EARLY_S_MAX:
            asked = f"an answer after {expected.delay_ms} ms"
            return self.wrong("answered too early", expected.request, asked, f"after {took * 1000:.3f} ms")
        return None

    def check_version(self, got, expected):
        """Not older than what was in force when the request was sent, not newer than what has been posted."""
        number = expected.publication
        versions = range(expected.version, self.world.to_come[number] + 1)
        allowed = {f"200 {compact({'number': number, 'version': version}).decode()}" for version in versions}
        if got not in allowed:
            self.wrong("wrong version", expected.request, f"200 and version {versions[0]} to {versions[-1]}", got)
