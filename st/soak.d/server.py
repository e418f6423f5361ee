"""The server under test: its start, its figures, its end."""

import json
import os
import re
import resource
import signal
import subprocess
import time

from http1 import Admin

START_S_MAX = 20
DRAIN_S_MAX = 30
# Short, so that clients that stall are ended many times in a soak.
TIMEOUTS_S = {"head": 2, "body": 2, "stall": 3}
# Errors and panics; warnings about clients that stalled are what they ask for.
BAD_LINE = re.compile(r"panicked|RUST_BACKTRACE|\bERROR\b|\bfatal\b|memory allocation")
EVENT_GONE = "transform item skipped: source event.last: no such event"


class ServerError(Exception):
    """The server could not be started or asked."""


class Server:
    """The process, with its output in files."""

    def __init__(self, options, ports, directory):
        self.traffic_port, self.admin_port = ports
        self.out_path, self.log_path = os.path.join(directory, "stdout"), os.path.join(directory, "stderr")
        command = ["taskset", "-c", options.server_cpus, options.binary, "serve", "--bind-address", "127.0.0.1",
                   "-p", str(self.traffic_port), "-a", str(self.admin_port), "-w", str(options.workers),
                   "--driver", options.driver, "--prometheus-port", "0",
                   "--server-data-max-bytes", str(options.data_bytes)]
        for name, seconds in TIMEOUTS_S.items():
            command += [f"--{name}-timeout-ms", str(seconds * 1000)]
        with open(self.out_path, "wb") as out, open(self.log_path, "wb") as log:
            self.child = subprocess.Popen(command, stdout=out, stderr=log)
        self.pid = self.child.pid
        try:
            self.wait_until_ready(command)
        except BaseException:
            self.kill()
            raise

    def wait_until_ready(self, command):
        deadline = time.monotonic() + START_S_MAX
        while not self.answers():
            if self.child.poll() is not None or time.monotonic() > deadline:
                raise ServerError(f"{' '.join(command)} did not start: {self.log().strip()}")
            time.sleep(0.02)

    def answers(self):
        try:
            return self.ask("GET", "health")[0] == 200
        except OSError:
            return False

    def ask(self, method, operation, document=None):
        """Over a connection of its own, which is closed afterwards."""
        admin = Admin(self.admin_port)
        try:
            return admin(method, operation, document)
        finally:
            admin.close()

    def set_up(self, documents):
        for operation, document in (("server-matching", {"algorithm": "PriorityMatchingRegex"}),
                                    ("server-provision", documents)):
            status, body = self.ask("POST", operation, document)
            if status != 201:
                raise ServerError(f"POST {operation} was answered {status} {body.decode()}")

    def evicted(self):
        return json.loads(self.ask("GET", "server-data/summary?maxKeys=1")[1] or b"{}").get("evictedEvents", 0)

    def rss_bytes(self):
        with open(f"/proc/{self.pid}/statm", encoding="ascii") as file:
            return int(file.read().split()[1]) * resource.getpagesize()

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.pid}/fd"))

    def threads(self):
        return len(os.listdir(f"/proc/{self.pid}/task"))

    def cpu_s(self):
        # The CPU clock of the process, whose number is what clock_getcpuclockid(3) gives.
        return time.clock_gettime((~self.pid << 3) | 2)

    def driver(self):
        with open(self.out_path, encoding="utf-8") as file:
            found = re.search(r"^ *driver +(.*)$", file.read(), re.MULTILINE)
        return found[1] if found else "unknown"

    def log(self):
        with open(self.log_path, encoding="utf-8", errors="backslashreplace") as file:
            return file.read()

    def bad_lines(self, disturbed):
        """Lines about errors. The deletion of all server data may come between the steps of a walk that reads what it
        recorded; the server says so, once for each walk that was disturbed at most."""
        bad = [line for line in self.log().splitlines() if BAD_LINE.search(line)]
        about_events = [line for line in bad if EVENT_GONE in line]
        return [line for line in bad if EVENT_GONE not in line] + about_events[disturbed:]

    def terminate(self):
        """SIGTERM."""
        self.child.send_signal(signal.SIGTERM)

    def exit_code(self):
        """After SIGTERM; None when it does not end."""
        try:
            return self.child.wait(DRAIN_S_MAX)
        except subprocess.TimeoutExpired:
            return None

    def kill(self):
        if self.child.poll() is None:
            self.child.kill()
        self.child.wait()
