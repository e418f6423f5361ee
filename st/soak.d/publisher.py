"""Rounds of steady load by h2load, with provisions published meanwhile, and removed and restored in between."""

import http.client
import json
import os
import random
import re
import subprocess
import time

import provisions
from http1 import Admin, Client
from provisions import PUBLISHED, STATIC, compact
from world import Actor, Pace

ROUND_S = 6
# All server data is deleted at the end of each of these rounds, and of the first; then its room is filled again, since
# it is the full store that is compared with the full store.
ROUNDS_PER_DELETION = 10
PUBLICATIONS_PER_S = 25
# One HTTP/1.1 connection has one request under way: there are more of them, and fewer requests.
HTTP2 = ["-c4", "-m20"]
HTTP1 = ["--h1", "-c16", "-m1"]
HTTP1_PART = 4
PAD_BYTES = 1000
LOAD_BODY = '{"nonce":"of h2load","amount":21,"pad":"%s"}' % ("x" * PAD_BYTES)
FILL_REQUESTS_MAX = 2_000_000
REFUSED = [{"requestMethod": "GET"}, {"requestMethod": "GET", "requestUri": "/publish/0", "responseCode": "200"},
           {"requestMethod": "GET", "requestUri": "/publish/(0", "responseCode": 200}]


def load_paths():
    """What h2load asks for: all of it is answered with 200, in whatever order."""
    delayed = [f"/delay/{20 + n % 40}/{n}" for n in range(50)]
    return [path for n in range(100) for path in
            (f"/static/{1000 + n}", f"/echo/{1000 + n}", f"/toggle/{n % 50}", delayed[n % 50])]


class Publisher(Actor):
    name = "publisher"
    counted = ("requests", "load", "publications", "rounds", "refused", "deletions")

    def __init__(self, world, rate, data_bytes, directory):
        super().__init__(world)
        self.rate, self.data_bytes = rate, data_bytes
        self.random = random.Random(world.seed)
        self.traffic, self.admin = Client(world.port), Admin(world.admin_port)
        self.directory = directory
        self.paths = os.path.join(directory, "paths")
        self.body = os.path.join(directory, "body.json")
        self.fresh = 0
        with open(self.paths, "w", encoding="ascii") as file:
            file.writelines(f"http://127.0.0.1:{world.port}{path}\n" for path in load_paths())
        with open(self.body, "w", encoding="ascii") as file:
            file.write(LOAD_BODY)

    def run(self):
        rounds = 0
        while not self.world.stopping.value:
            try:
                self.load_and_publish(rounds)
                if not self.world.stopping.value:
                    self.remove_and_restore(rounds % ROUNDS_PER_DELETION == 0)
                self.count("rounds")
            except (OSError, http.client.HTTPException) as error:
                self.wrong("the connection failed", "publishing", "answers", repr(error))
                time.sleep(1)
            rounds += 1
        self.traffic.close()
        self.admin.close()

    def load_and_publish(self, rounds):
        is_http1 = rounds % 2 == 1
        requests = max(100, self.rate * ROUND_S // (HTTP1_PART if is_http1 else 1))
        shape = HTTP1 if is_http1 else HTTP2
        clients = int(shape[-2][2:])
        command = self.h2load(requests, *shape, f"--rps={max(1, requests // ROUND_S // clients)}")
        with open(os.path.join(self.directory, "h2load.out"), "w+", encoding="utf-8") as said:
            load = subprocess.Popen(command, stdout=said, stderr=subprocess.STDOUT)
            pace = Pace(PUBLICATIONS_PER_S)
            while load.poll() is None:
                if self.world.stopping.value:
                    load.wait(120)
                    break
                self.publish()
                pace.wait(self.world)
            said.seek(0)
            self.check_load(command, said.read(), requests)

    def h2load(self, requests, *arguments):
        return ["h2load", "-t1", f"-n{requests}", *arguments, "-H", "x-soak: h2load", "-i", self.paths, "-d", self.body]

    def fill(self):
        """As many events as there is room for, at once."""
        requests = min(self.data_bytes // PAD_BYTES, FILL_REQUESTS_MAX)
        if requests:
            command = self.h2load(requests, "-c4", "-m50")
            done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
            self.check_load(command, done.stdout, requests)

    def check_load(self, command, said, requests):
        counted = re.search(r"status codes: (\d+) 2xx", said)
        done = int(counted[1]) if counted else 0
        self.count("load", done)
        if done != requests:
            self.wrong("not all load was answered", " ".join(command), f"{requests} answers with 2xx", said)

    def publish(self):
        """A new version of a provision or of all of them, a new provision, or one that must be refused."""
        kind = self.random.random()
        if kind < 0.8:
            self.put_in_force([self.random.randrange(PUBLISHED)])
        elif kind < 0.85:
            self.put_in_force(range(PUBLISHED))
        elif kind < 0.95:
            self.fresh += 1
            # Some numbers only: keys of server data stay until they are deleted.
            path = f"/fresh/{self.fresh % 200}"
            document = provisions.provision("GET", path, {"fresh": self.fresh})
            self.expect(self.admin_answer("POST", "server-provision", document), 201, None)
            self.expect(self.ask(path), 200, compact({"fresh": self.fresh}))
        else:
            document = self.random.choice(REFUSED)
            self.expect(self.admin_answer("POST", "server-provision", document), 400, None)
            self.expect_version(0)
            self.count("refused")

    def put_in_force(self, numbers):
        versions = {number: self.world.in_force[number] + 1 for number in numbers}
        for number, version in versions.items():
            self.world.to_come[number] = version
        documents = [provisions.published(number, version) for number, version in versions.items()]
        posted = documents[0] if len(documents) == 1 else documents
        self.expect(self.admin_answer("POST", "server-provision", posted), 201, None)
        for number, version in versions.items():
            self.world.in_force[number] = version
        self.expect_version(self.random.choice(list(versions)))
        self.count("publications", len(versions))

    def expect_version(self, number):
        document = {"number": number, "version": self.world.in_force[number]}
        self.expect(self.ask(f"/publish/{number}"), 200, compact(document))

    def ask(self, path):
        self.count("requests")
        status, _, body = self.traffic.ask("GET", path)
        return f"GET {path}", status, body

    def admin_answer(self, method, operation, document=None):
        status, body = self.admin(method, operation, document)
        return f"{method} /admin/v1/{operation} {json.dumps(document) if document else ''}".rstrip(), status, body

    def expect(self, answer, status, body):
        request, got_status, got_body = answer
        if got_status != status or (body is not None and got_body != body):
            self.wrong("wrong answer", request, f"{status} {'' if body is None else body.decode()}",
                       f"{got_status} {got_body.decode(errors='backslashreplace')}")

    def all_provisions(self):
        return provisions.fixed() + [provisions.published(number, self.world.in_force[number])
                                     for number in range(PUBLISHED)]

    def remove_and_restore(self, deletes_data):
        """For a moment there is no provision: other clients may be answered 501 then, and only then."""
        self.world.disturbances.value += 1
        self.expect(self.admin_answer("DELETE", "server-provision"), 200, b"")
        self.expect(self.admin_answer("DELETE", "server-provision"), 204, b"")
        self.expect(self.ask("/static/0"), 501, b"")
        self.expect(self.admin_answer("GET", "server-provision"), 204, b"")
        documents = self.all_provisions()
        self.expect(self.admin_answer("POST", "server-provision", documents), 201, None)
        self.expect(self.ask("/static/0"), 200, compact(STATIC))
        request, status, body = self.admin_answer("GET", "server-provision")
        if status != 200 or json.loads(body) != documents:
            self.wrong("other provisions than posted", request, json.dumps(documents), f"{status} {body.decode()}")
        if deletes_data:
            self.expect(self.admin_answer("DELETE", "server-data"), 200, b"")
            # Belongs to the disturbance: meanwhile even young events are dropped.
            self.fill()
        self.world.disturbances.value += 1
        self.count("deletions")
