"""The form of a new job, as a browser without any script has it."""

import ast
import json
import re
import shlex
from html import unescape

import pytest

from inverset import Client, storage
from tests.gallery.reference_images_of_toy import fill, publish

PAGES = {"Accept": "text/html"}
HOSTILE = "\"><img src=x onerror=alert(1)>'"
FORM = {"model": "toy", "neuron": "fc8:volcano", "low": "1", "high": "2", "by": "numbers"}


def look(client, path="/new", **query):
    answer = client.get(path, params=query, headers=PAGES)
    assert answer.status_code == 200
    return answer.text


def attribute(text, name):
    return unescape(text.split(f"{name}='", 1)[1].split("'", 1)[0])


def shown(text, what):
    return unescape(text.split(f'<pre id="{what}" tabindex="0">', 1)[1].split("</pre>", 1)[0])


def test_whoever_comes_with_nothing_finds_a_neuron_and_a_band(client):
    text = look(client)
    assert 'value="fc8:volcano"' in text
    assert 'value="0.95"' in text
    assert json.loads(attribute(text, "data-body")) == {
        "model": "toy",
        "neurons": [{"neuron": "fc8:volcano", "range": {"quantiles": [0.95, 0.99]}}],
    }


def test_other_pages_link_to_it_filled_in(client):
    text = look(client, neuron="fc8:1", low="2", high="3", n="7", model="toy")
    assert json.loads(attribute(text, "data-body"))["n"] == 7
    assert "2 to 3:" in text
    assert '<rect class="asked"' in text


def test_a_form_becomes_a_job(client):
    form = {
        **FORM,
        "n": "5",
        "seed": "3",
        "method": "calibrated",
        "option.margin": "0.2",
        "option.literal": "yes",
        "option.starts": "band",
    }
    answer = client.post("/new", data={**form, "seconds": "30", "k": "", "visibility": "team"})
    assert answer.status_code == 303
    spec = client.get(f"/v1{answer.headers['Location']}").json()["spec"]
    assert (spec["n"], spec["seed"], spec["k"], spec["visibility"]) == (5, 3, 7, "team")
    assert spec["options"] == {"margin": 0.2, "literal": True, "starts": "band"}
    assert spec["budget"] == {"gradient_evaluations": None, "seconds": 30}


def test_words_are_chosen_from_a_list(client):
    text = look(client, **FORM, method="calibrated", **{"option.starts": "band"})
    (field,) = re.findall(r'<select id="option-starts".*?</select>', text)
    assert re.findall(r"<option[^>]*>[^<]*", field) == [
        '<option value="">any (default)',
        "<option>prior",
        "<option selected>band",
    ]
    wrong = client.post("/new", data={**FORM, "method": "calibrated", "option.starts": "bnad"})
    assert wrong.status_code == 422
    assert "option starts is one of prior, any, band, not" in wrong.text


def test_an_intersection(client):
    two = {**FORM, "neuron": ["fc8:volcano", "conv5:3"], "low": ["1", ".1"], "high": ["2", ".9"]}
    answer = client.post("/new", data={**two, "by": ["numbers", "quantiles"]})
    ranges = client.get(f"/v1{answer.headers['Location']}").json()["ranges"]
    assert [each["neuron"] for each in ranges] == ["fc8:volcano", "conv5:3"]
    assert ranges[0]["range"] == [1, 2]


def test_neurons_are_added_and_removed_without_a_script(client):
    added = look(client, **FORM, do="add")
    assert added.count('name="neuron"') == 2
    two = {**FORM, "neuron": ["fc8:volcano", "conv5:3"], "low": ["1", "2"], "high": ["2", "3"]}
    left = look(client, **two, do="remove-0")
    assert left.count('name="neuron"') == 1
    assert 'value="conv5:3"' in left
    assert "fc8:volcano" not in json.dumps(json.loads(attribute(left, "data-body")))


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"neuron": "fc8:volcan"}, "did you mean volcano"),
        ({"low": "3"}, "reversed"),
        ({"low": "x"}, "must be a number"),
        ({"n": "many"}, "must be a whole number"),
        ({"n": "1e400"}, "must be a whole number"),
        ({"method": "magic"}, "there is no method"),
        ({"option.margin": "7"}, "lies in 0 to 1"),
        (
            {"neuron": ["fc8:0"] * 2, "low": ["1"] * 2, "high": ["2"] * 2, "by": ["numbers"] * 2},
            "named twice",
        ),
        ({"seconds": "-1"}, "must be more than 0"),
        ({"visibility": "all"}, "private"),
        ({"low": "", "high": ""}, "give one"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_typed_is_lost(client, changed, said):
    form = {**FORM, "n": "5", "seed": "41", **changed}
    answer = client.post("/new", data=form, headers=PAGES)
    assert answer.status_code == 422
    assert said in unescape(answer.text)
    assert 'value="41"' in answer.text
    assert client.get("/v1/jobs").json()["items"] == []


def test_what_users_wrote_is_shown_and_not_run(client):
    hostile = {
        **FORM,
        "neuron": HOSTILE,
        "low": HOSTILE,
        "n": HOSTILE,
        "method": HOSTILE,
        "option.x": HOSTILE,
    }
    for text in (
        client.post("/new", data=hostile, headers=PAGES).text,
        look(client, **hostile),
        look(client, "/new/code", **hostile),
        look(client, model=HOSTILE),
    ):
        assert "<img src=x" not in text
        assert "&lt;img src=x" in text


def test_a_queue_that_is_full_is_said_on_the_page(client):
    for _ in range(5):
        assert client.post("/new", data=FORM).status_code == 303
    answer = client.post("/new", data=FORM, headers=PAGES)
    assert answer.status_code == 429
    assert "the limit is 5" in answer.text


def test_the_curl_command_says_the_same(client):
    output = shlex.split(shown(look(client, **FORM, n="6"), "curl").replace("\\\n", " "))
    headers = dict(output[at + 1].split(": ") for at, word in enumerate(output) if word == "-H")
    answer = client.post(output[2], content=output[output.index("-d") + 1], headers=headers)
    assert (answer.status_code, answer.json()["spec"]["n"]) == (202, 6)


def test_the_program_says_the_same(client):
    program = shown(look(client, **FORM, n="6", **{"option.literal": "no"}), "python")
    assigned, opened = ast.parse(program).body[1:]
    request = ast.literal_eval(assigned.value)
    (url,) = (ast.literal_eval(each) for each in opened.items[0].context_expr.args)
    with Client(url) as made:
        job = made.submit(request)
    assert (job["spec"]["n"], job["spec"]["options"]) == (6, {"literal": False})


def test_natural_images_of_each_bin_once_they_are_chosen(client, sessions, settings):
    assert "/references/" not in look(client)
    publish(sessions)
    fill(storage.open_store(settings.blobs))
    assert "/v1/models/toy/references/5.webp" in look(client)
    assert look(client, scale="even") != look(client, scale="stretched")
    assert 'class="stands' in look(client)  # on the ruler
    assert 'class="stands' not in look(client, scale="even")


def test_a_neuron_that_was_not_measured_has_no_histogram(client):
    text = look(client, neuron="fc8:2")
    assert "fc8:2 was not measured" in text
    assert 'class="histogram"' not in text
