"""What all actors of a soak share: where the server is, what is published, when to stop, and whom to tell."""

import multiprocessing
import signal
import threading
import time
import traceback
from multiprocessing.sharedctypes import RawArray, RawValue

from provisions import PUBLISHED

FORK = multiprocessing.get_context("fork")
# Of one actor; beyond, wrong answers are counted only.
TOLD_MAX = 20
SHOWN_BYTES_MAX = 2000


class World:
    """Made before the actors' processes, and inherited by them."""

    def __init__(self, port, admin_port, seed, timeouts_s, whole_s):
        self.port, self.admin_port, self.seed = port, admin_port, seed
        # The server's timeouts, and the age up to which recorded history has to be whole.
        self.timeouts_s, self.whole_s = timeouts_s, whole_s
        self.stopping = RawValue("b", 0)
        # Odd while provisions are missing; grows when that begins and when it ends. Only the publisher writes it.
        self.disturbances = RawValue("q", 0)
        # Of each published provision, the version that is in force, and the one that is about to be.
        self.in_force = RawArray("q", PUBLISHED)
        self.to_come = RawArray("q", PUBLISHED)
        self.told = FORK.SimpleQueue()

    def undisturbed_since(self, disturbance):
        """Nothing was missing since `disturbances` had that value, nor then."""
        return disturbance % 2 == 0 and self.disturbances.value == disturbance


class Actor:
    """One client, with a thread of its own. It counts for itself, so that nobody else writes these numbers."""

    name = "actor"
    counted = ("requests",)

    def __init__(self, world):
        self.world = world
        self.values = RawArray("q", len(self.counted) + 1)

    def count(self, name, amount=1):
        self.values[self.counted.index(name)] += amount

    def counts(self):
        return dict(zip((*self.counted, "wrong"), self.values, strict=True))

    def wrong(self, what, request, expected, got):
        """Tells of an answer, or an end of a connection, that is not as it must be."""
        self.values[len(self.counted)] += 1
        if self.values[len(self.counted)] <= TOLD_MAX:
            self.world.told.put({"actor": self.name, "what": what, "request": shown(request),
                                 "expected": shown(expected), "got": shown(got)})

    def run(self):
        """Acts until the world stops."""
        raise NotImplementedError

    def guarded(self):
        try:
            self.run()
        except Exception:  # whatever it is, the soak has to say so
            self.wrong("this client failed", "-", "no exception", traceback.format_exc())


def shown(value):
    if isinstance(value, (bytes, bytearray)):
        value = bytes(value).decode(errors="backslashreplace")
    value = str(value)
    return value if len(value) <= SHOWN_BYTES_MAX else f"{value[:SHOWN_BYTES_MAX]}... ({len(value)} characters)"


class Pace:
    """Spreads steps evenly: at most so many a second, and none to make up for lost time."""

    def __init__(self, per_second):
        self.pause, self.due = 1 / per_second, time.monotonic()

    def wait(self, world):
        now = time.monotonic()
        self.due = max(self.due + self.pause, now - 0.1)
        while not world.stopping.value and (left := self.due - time.monotonic()) > 0:
            time.sleep(min(left, 0.2))


def start(actors):
    """A process in which each of the actors has a thread."""
    process = FORK.Process(target=run_threads, args=(actors,), daemon=False)
    process.start()
    return process


def run_threads(actors):
    # The parent decides when we end.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    threads = [threading.Thread(target=actor.guarded, daemon=True) for actor in actors]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
