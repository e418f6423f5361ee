"""What the server is told to answer, and what therefore must come back."""

import json

PUBLISHED = 20
LARGE_BYTES = 64 * 1024
STATES = ["initial", "a", "b", "c", "purge"]
# Of the first step of a walk; those after it have the next ones, all of them with a body.
STATUS = 220


def compact(document):
    """JSON as the server writes it: no blanks, members sorted by name."""
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def provision(method, uri, body=None, **members):
    document = {"requestMethod": method, "requestUri": uri, "responseCode": 200,
                "responseHeaders": {"content-type": "application/json"}, **members}
    return document if body is None else {**document, "responseBody": body}


def item(source, target, **filters):
    return {"source": source, "target": target, **({"filter": filters} if filters else {})}


def replaced(rgx, fmt):
    return {"RegexReplace": {"rgx": rgx, "fmt": fmt}}


STATIC = {"kind": "static", "pad": "x" * 900}
NUMBER = item("request.uri.path", "response.body.unsigned.number", **replaced("/[a-z]+/(?:[0-9]+/)?([0-9]+)", "$1"))
ECHO = [NUMBER,
        item("request.body.nonce", "response.body.string.nonce"),
        item("request.body.amount", "response.body.integer.doubled", Multiply=2),
        item("request.header.x-soak", "response.header.x-soaked")]
DELAY = [NUMBER, item("request.uri.path", "response.delayMs", **replaced("/delay/([0-9]+)/.*", "$1"))]
WALK = [item("request.body.nonce", "response.body.string.nonce"),
        item("request.header.x-soak", "response.header.x-soaked")]
KEEP = [item("request.body.nonce", "response.body.string.nonce")]
KEPT = [item("value.PUT", "var.last.method"),
        item("request.uri.path", "var.last.uri", **replaced("/kept/", "/keep/")),
        item("value.-1", "var.last.number"),
        item("value./body", "var.last.path"),
        item("event.last", "response.body.object.kept")]


def published(number, version):
    return provision("GET", f"/publish/{number}", {"number": number, "version": version})


def fixed():
    """All provisions but those that are published anew while traffic runs."""
    walk = [provision("POST", "/walk/[0-9]+", {"step": step}, responseCode=STATUS + step, inState=state,
                      outState=STATES[step + 1], transform=WALK) for step, state in enumerate(STATES[:-1])]
    return walk + [
        provision("GET", "/static/[0-9]+", STATIC),
        provision("POST", "/static/[0-9]+", STATIC),
        provision("POST", "/echo/[0-9]+", {"kind": "echo"}, transform=ECHO),
        provision("GET", "/delay/[0-9]+/[0-9]+", {"kind": "delay"}, transform=DELAY),
        provision("POST", "/delay/[0-9]+/[0-9]+", {"kind": "delay"}, transform=DELAY),
        provision("POST", "/toggle/[0-9]+", {"now": "on"}, outState="on"),
        provision("POST", "/toggle/[0-9]+", {"now": "off"}, inState="on", outState="purge"),
        provision("GET", "/order/[0-9]+", {"order": "there"}),
        provision("DELETE", "/order/[0-9]+", responseCode=204, transform=[item("value.deleted", "outState.GET")]),
        provision("GET", "/order/[0-9]+", {"order": "gone"}, responseCode=404, inState="deleted", outState="purge"),
        provision("PUT", "/keep/[0-9]+", {"kind": "keep"}, transform=KEEP),
        provision("GET", "/kept/[0-9]+", {}, transform=KEPT),
        provision("GET", "/large", {"pad": "x" * LARGE_BYTES}),
    ]


def echoed(number, nonce, amount):
    return compact({"kind": "echo", "number": number, "nonce": nonce, "doubled": 2 * amount})


def delayed(number):
    return compact({"kind": "delay", "number": number})
