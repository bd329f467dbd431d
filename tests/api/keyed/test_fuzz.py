"""Whatever it is sent, the service answers with what is wrong, and never that something went wrong here."""

import json
from urllib.parse import quote, urlencode

import pytest
from hypothesis import HealthCheck, given, settings, strategies

from inverset.api.app import create_app
from inverset.api.web import pages
from inverset.config.settings import Settings
from tests.api.keyring import bearing
from tests.api.test_sweeps import sweep
from tests.jobs.catalogue_of_scenes import body

QUICK = settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
DIGITS = [
    "9" * 400,
    "-" + "9" * 400,
    "9" * 5000,
    "1e999",
    "-1e999",
    "NaN",
    "inf",
    "0",
    "-1",
    "1_000",
    "\u0967\u0968",
    "\u00b2",
    "1e-400",
    "9" * 300 + ".5",
]
TEXTS = [
    "",
    "\0",
    "a\0b",
    "\ufeff",
    "\u00e9",
    "%",
    "%00",
    "..",
    "../..",
    "[",
    "]",
    "http://[",
    "//",
    "\\",
    "'",
    '"',
    "<",
    "{",
    "*",
    "?",
    "#",
    ";",
    ",",
    "=",
    "&",
    "\r\n",
    "\u2028",
    "x" * 3000,
    "job_",
    "job_" + "z" * 26,
    "sweep_" + "0" * 26,
    "0.5,job",
    "1:2",
    "@",
    ":",
    "fc8:0",
    "fc8:0@9,9",
    "toy",
    "W/",
    '"*"',
    "quantiles",
    "add",
    "remove-0",
    "yes",
]
ODD = strategies.one_of(strategies.sampled_from(DIGITS + TEXTS), strategies.text(max_size=20))
NUMBERS = strategies.sampled_from(
    [10**400, -(10**400), 2**63, -(2**63) - 1, 2**53, 0, -1, 1e308, 1.5, 5e-324]
)
JSON = strategies.recursive(
    strategies.one_of(strategies.none(), strategies.booleans(), NUMBERS, ODD),
    lambda inner: strategies.lists(inner, max_size=3) | strategies.dictionaries(ODD, inner, max_size=3),
    max_leaves=6,
)
QUERY = [
    "cursor",
    "limit",
    "state",
    "owner",
    "model",
    "sweep",
    "low",
    "high",
    "order",
    "samples",
    "redirect",
    "layer",
    "search",
    "jobs",
    "job",
    "then",
    "after",
    "neuron",
    "by",
    "n",
    "k",
    "seed",
    "do",
    "scale",
    "method",
    "option.margin",
    "option.x",
    "seconds",
    "gradient_evaluations",
    "retention_days",
    "priority",
    "webhook",
    "visibility",
    "name",
    "weight",
    "role",
    "days",
    "key",
]
HEADERS = [
    "Prefer",
    "Idempotency-Key",
    "Last-Event-ID",
    "If-None-Match",
    "Range",
    "If-Range",
    "Origin",
    "Referer",
    "X-Request-ID",
    "X-Forwarded-Proto",
    "X-Forwarded-For",
    "X-Forwarded-Prefix",
    "Accept",
    "Accept-Encoding",
    "Cookie",
    "Content-Type",
    "Sec-Fetch-Site",
]
PAIRS = strategies.lists(strategies.tuples(strategies.sampled_from(QUERY), ODD), max_size=5)
SENT = strategies.dictionaries(strategies.sampled_from(HEADERS), ODD, max_size=3)


def routes():
    """Method and path of all that is answered, but for streams, which do not end."""
    result = create_app(Settings(auth="off")).openapi()["paths"]
    api = [(method.upper(), path) for path, methods in result.items() for method in methods]
    shown = [
        (method, route.path)
        for router in (*pages.OPEN, *pages.KEYED)
        for route in router.routes
        for method in sorted(route.methods)
    ]
    return [(method, path) for method, path in api + shown if "events" not in path]


ROUTES = routes()
FORMS = [path for method, path in ROUTES if method == "POST" and not path.startswith("/v1/")]
BODIES = [
    (method, path) for method, path in ROUTES if method in ("POST", "PATCH") and path.startswith("/v1/")
]


@pytest.fixture
def accounts_url(tables_url):
    return tables_url


@pytest.fixture
def ask(client, prepared, deliver, succeed):
    """Send a request as an admin: names in its path are those of what is there, unless others are said."""
    key = bearing(prepared[1]["root"])
    job = client.post("/v1/jobs", json=body(n=1), headers=key).json()["id"]
    succeed(deliver(1.5), {"verdict": ["good"]})
    its_sweep = client.post("/v1/sweeps", json=sweep(n=1), headers=key).json()["id"]
    there = {
        "job_id": job,
        "sweep_id": its_sweep,
        "index": "0",
        "number": "0",
        "name": "toy",
        "neuron": "fc8:0",
    }
    there |= {"key_id": "00000000", "message_id": "msg_x", "turn": "resume"}

    def ask(method, path, odd=None, **how):
        names = there | (odd or {})
        for name, value in names.items():
            for form in (name, f"{name}:int", f"{name}:path"):
                path = path.replace(f"{{{form}}}", quote(value.encode("utf-8", "surrogatepass"), safe=""))
        headers = {
            name: value.encode("utf-8", "surrogatepass") for name, value in how.pop("headers", {}).items()
        }
        headers = {name: value for name, value in headers.items() if clean(value)}
        answer = client.request(method, path, headers=key | {"Accept": "*/*"} | headers, **how)
        assert answer.status_code < 500 or answer.json()["title"] == "Draining", (
            answer.status_code,
            answer.text,
        )
        return answer

    return ask


def clean(value):
    """Whether a client can send that in a header at all."""
    return value == value.strip() and not any(byte < 32 or byte == 127 for byte in value)


def encoded(pairs):
    return urlencode([(name, value.encode("utf-8", "surrogatepass")) for name, value in pairs])


PLACES = strategies.dictionaries(
    strategies.sampled_from(
        ["job_id", "sweep_id", "index", "number", "name", "neuron", "key_id", "message_id"]
    ),
    ODD.filter(lambda text: text not in ("", ".", "..")),
    max_size=2,
)


@pytest.mark.slow
def test_paths_and_queries(ask):
    @QUICK
    @given(strategies.sampled_from(ROUTES), PLACES, PAIRS, SENT)
    def attack(route, odd, query, headers):
        ask(*route, odd, headers=headers, params=encoded(query)[:3000])

    attack()


@pytest.mark.slow
def test_forms(ask):
    @QUICK
    @given(strategies.sampled_from(FORMS), PLACES, PAIRS)
    def attack(path, odd, fields):
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        ask("POST", path, odd, content=encoded(fields), headers=form)

    attack()


@pytest.mark.slow
def test_forms_of_a_job_that_are_almost_right(ask):
    right = {"model": "toy", "neuron": "fc8:0", "low": "1", "high": "2", "by": "numbers", "n": "1"}
    names = [
        *right,
        "seed",
        "k",
        "seconds",
        "gradient_evaluations",
        "option.margin",
        "webhook",
        "retention_days",
    ]

    @QUICK
    @given(strategies.dictionaries(strategies.sampled_from(names), ODD, min_size=1, max_size=2))
    def attack(odd):
        fields = encoded((right | odd).items())
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        ask("POST", "/new", content=fields, headers=form)
        for path in ("/new", "/new/code"):
            ask("GET", path, params=fields)

    attack()


@pytest.mark.slow
def test_bodies(ask):
    @QUICK
    @given(strategies.sampled_from(BODIES), JSON)
    def attack(route, odd):
        ask(*route, content=json.dumps(odd), headers={"Content-Type": "application/json"})

    attack()


@pytest.mark.slow
def test_bodies_of_a_job_that_are_almost_right(ask):
    right = [("/v1/jobs", body(n=1)), ("/v1/sweeps", sweep(n=1))]
    names = [
        "n",
        "k",
        "seed",
        "model",
        "method",
        "neurons",
        "vary",
        "options",
        "budget",
        "priority",
        "webhook",
    ]
    names += ["retention_days", "visibility", "neuron", "range", "quantiles", "sd", "margin", "seconds"]

    @QUICK
    @given(strategies.sampled_from(right), strategies.sampled_from(names), JSON)
    def attack(asked, name, odd):
        path, sent = asked
        sent = json.loads(json.dumps(sent))
        if name in ("neuron", "range"):
            sent["neurons"][0][name] = odd
        elif name in ("quantiles", "sd"):
            sent["neurons"][0]["range"] = {name: odd}
        elif name in ("margin", "seconds"):
            sent["options" if name == "margin" else "budget"] = {name: odd}
        else:
            sent[name] = odd
        ask("POST", path, content=json.dumps(sent), headers={"Content-Type": "application/json"})

    attack()
