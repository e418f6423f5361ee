"""Slow and dying clients. The server has to end those that stall, within its timeouts, and to survive all of them."""

import socket
import struct
import time

import h2
from provisions import LARGE_BYTES, STATIC, compact
from world import Actor

# Besides the server's own timeout: its tidying, and machines that are shared.
CLOSE_S_MAX = 15
STALL_SLACK_S = 5
# More than the kernel takes for us on both sides together.
LARGE_REQUESTS = 120
HEAD = b"HTTP/1.1\r\nhost: localhost\r\n"


def connect(port, receive_bytes=None):
    client = socket.socket()
    if receive_bytes:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
    client.settimeout(10)
    client.connect(("127.0.0.1", port))
    return client


def reset(client):
    """Closes with a RST instead of a FIN."""
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()


class Ending:
    """What came up to the end of a connection, or for a time."""

    def __init__(self, client, seconds):
        self.received, self.last, self.has_ended, self.has_missing = 0, b"", False, False
        deadline = time.monotonic() + seconds
        while not self.has_ended and (left := deadline - time.monotonic()) > 0:
            client.settimeout(left)
            try:
                data = client.recv(1 << 18)
            except TimeoutError:
                return
            except OSError:
                data = b""
            self.has_ended = not data
            self.received, self.last = self.received + len(data), data[-200:] or self.last
            self.has_missing |= b"HTTP/1.1 501" in data


class Rude(Actor):
    """Repeats one kind of misbehaviour."""

    counted = ("requests", "connections", "cut_off")

    def __init__(self, world, behaviour, pause_s):
        super().__init__(world)
        self.behaviour, self.pause_s = behaviour, pause_s
        self.name = behaviour.__name__.replace("_", " ")

    def run(self):
        while not self.world.stopping.value:
            self.count("connections")
            try:
                self.behaviour(self)
            except (OSError, h2.Lost) as error:
                self.wrong("the connection failed", self.name, "a connection", repr(error))
            time.sleep(self.pause_s)

    def expect_end(self, client, timeout_s, bytes_max=None, disturbance=None):
        """The server must end the connection, and with it what was not taken yet. Without provisions, for which there
        may be a `disturbance`, answers are so short that all of them are sent."""
        ending = Ending(client, timeout_s + CLOSE_S_MAX)
        client.close()
        if ending.has_missing and disturbance is not None and not self.world.undisturbed_since(disturbance):
            return
        if not ending.has_ended:
            got = f"open after {timeout_s + CLOSE_S_MAX} s and {ending.received} bytes, the last: {ending.last!r}"
            self.wrong("not ended", self.name, f"end within {timeout_s} s", got)
        elif bytes_max is not None and ending.received >= bytes_max:
            self.wrong("all was answered", self.name, f"less than {bytes_max} bytes", f"{ending.received} bytes")
        else:
            self.count("cut_off")


def half_a_head(actor):
    client = connect(actor.world.port)
    client.sendall(b"GET /static/1 " + HEAD + b"x-never-")
    actor.expect_end(client, actor.world.timeouts_s["head"])


def half_a_body(actor):
    client = connect(actor.world.port)
    client.sendall(b"POST /echo/1 " + HEAD + b"content-length: 100\r\n\r\n{\"nonce\"")
    actor.expect_end(client, actor.world.timeouts_s["body"])


def half_a_frame(actor):
    client = connect(actor.world.port)
    block = h2.request_block("GET", "/static/1")
    client.sendall(h2.PREFACE + h2.settings() + h2.frame(h2.HEADERS, h2.END_HEADERS | h2.END_STREAM, 1, block)[:-5])
    actor.expect_end(client, actor.world.timeouts_s["head"])


def a_byte_at_a_time(actor):
    """Something always comes, but never the end of the head."""
    client = connect(actor.world.port)
    deadline = time.monotonic() + actor.world.timeouts_s["head"] + CLOSE_S_MAX
    data = iter(b"GET /static/1 " + HEAD + b"x-long: " + b"x" * 10_000)
    try:
        while time.monotonic() < deadline:
            client.sendall(bytes([next(data)]))
            time.sleep(0.05)
    except OSError:
        actor.count("cut_off")
    else:
        actor.wrong("not ended", actor.name, "end of the connection", "a head longer than the timeout was waited for")
    client.close()


def never_reading(actor):
    """Asks for more than the kernel buffers, leaves it unread for longer than allowed, and then reads what there is."""
    client = connect(actor.world.port, receive_bytes=4096)
    disturbance = actor.world.disturbances.value
    client.sendall((b"GET /large " + HEAD + b"\r\n") * LARGE_REQUESTS)
    # Ended or not, what the kernel holds for us comes before the end: nothing can be seen without reading.
    if not wait(actor, actor.world.timeouts_s["stall"] + STALL_SLACK_S):
        return client.close()
    return actor.expect_end(client, actor.world.timeouts_s["stall"], LARGE_REQUESTS * LARGE_BYTES, disturbance)


def never_opening_the_window(actor):
    """HTTP/2 with a window of no bytes: the server must not hold its answers for ever."""
    client = h2.Connection(actor.world.port, window_bytes=0)
    disturbance = actor.world.disturbances.value
    streams = [client.request("GET", "/large") for _ in range(5)]
    client.flush()
    deadline = time.monotonic() + actor.world.timeouts_s["stall"] + CLOSE_S_MAX
    ended = 0
    try:
        while ended < len(streams) and time.monotonic() < deadline:
            answers = client.receive(0.5)
            if any(answer.status == 501 for answer in answers) and not actor.world.undisturbed_since(disturbance):
                return client.close()
            ended += sum(answer.reset is not None for answer in answers)
    except h2.Lost:
        ended = len(streams)
    if ended < len(streams):
        actor.wrong("not ended", actor.name, "resets, or the end of the connection", f"{ended} of {len(streams)} reset")
    else:
        actor.count("cut_off")
    return client.close()


def reset_in_an_answer(actor):
    client = connect(actor.world.port, receive_bytes=4096)
    client.sendall((b"GET /large " + HEAD + b"\r\n") * 10)
    client.recv(1000)
    reset(client)


def reset_in_http2_answers(actor):
    """With answers half sent, and delayed ones waiting."""
    client = h2.Connection(actor.world.port)
    for number in range(10):
        client.request("GET", "/large")
        client.request("GET", f"/delay/50/{number}")
    client.flush()
    client.socket.recv(1000)
    reset(client.socket)


def vanishing_after_the_preface(actor):
    client = connect(actor.world.port)
    client.sendall(h2.PREFACE + h2.settings())
    client.close()


def vanishing_with_requests(actor):
    client = h2.Connection(actor.world.port)
    for number in range(20):
        client.request("GET", f"/delay/{number}/1")
    client.flush()
    client.close()


def vanishing_in_a_request(actor):
    client = connect(actor.world.port)
    client.sendall(b"POST /echo/1 " + HEAD + b"content-length: 100\r\n\r\n{")
    reset(client)


def touching(actor):
    connect(actor.world.port).close()


def cancelling(actor):
    """Requests taken back; others on the same connection are answered as if nothing were."""
    client = h2.Connection(actor.world.port)
    disturbance = actor.world.disturbances.value
    cancelled = [client.request("GET", f"/delay/30/{number % 10}") for number in range(20)]
    kept = client.request("GET", "/static/2")
    client.flush()
    for stream in cancelled:
        client.cancel(stream)
    late = client.request("GET", "/delay/60/3")
    client.flush()
    answers, deadline = {}, time.monotonic() + 20
    while len(answers) < 2 and time.monotonic() < deadline:
        answers |= {answer.stream: answer for answer in client.receive(0.5)}
    actor.count("requests", len(answers))
    expected = {kept: compact(STATIC), late: compact({"kind": "delay", "number": 3})}
    got = {stream: (answer.status, bytes(answer.body)) for stream, answer in answers.items()}
    is_right = got == {stream: (200, body) for stream, body in expected.items()}
    if not is_right and actor.world.undisturbed_since(disturbance):
        actor.wrong("wrong answer beside cancelled requests", "GET /static/2, GET /delay/60/3", expected, got)
    client.close()


def wait(actor, seconds):
    """False when the soak ended before."""
    deadline = time.monotonic() + seconds
    while not actor.world.stopping.value and time.monotonic() < deadline:
        time.sleep(0.1)
    return time.monotonic() >= deadline


def all_kinds(world):
    """Each with the pause between two turns: some tens of connections in all at any time."""
    kinds = {half_a_head: 0.5, half_a_body: 0.5, half_a_frame: 0.5, a_byte_at_a_time: 1, never_reading: 1,
             never_opening_the_window: 1, reset_in_an_answer: 0.2, reset_in_http2_answers: 0.2,
             vanishing_after_the_preface: 0.2, vanishing_with_requests: 0.2, vanishing_in_a_request: 0.2,
             touching: 0.2, cancelling: 0.2}
    return [Rude(world, behaviour, pause_s) for behaviour, pause_s in kinds.items()]
