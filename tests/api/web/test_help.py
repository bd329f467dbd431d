"""The help page, and the words of other pages that lead to it."""

import html
import re

from inverset.contract import glossary


def test_the_twelve_words_have_an_address_and_a_meaning(client):
    page = client.get("/help").text
    for each in (*glossary.TERMS, *glossary.DETAILS):
        assert f'id="{each.anchor}"><dt>{each.word}</dt><dd>{html.escape(each.meaning)}</dd>' in page
    assert page.index("<details>") > page.index('id="judge"')


def test_every_page_has_a_link_to_it(client):
    for path in ("/", "/jobs", "/new", "/models/toy", "/no-such-page"):
        assert '<a href="/help"' in client.get(path, headers={"Accept": "text/html"}).text


def test_words_lead_to_their_meanings_which_are_their_tooltips(client):
    known = {each.anchor: each.meaning for each in glossary.TERMS}
    for path in ("/", "/new?model=toy", "/models/toy/neurons/fc8:volcano"):
        links = re.findall(r'<a class="term" href="/help#([^"]+)" title="([^"]+)"', client.get(path).text)
        assert links
        assert all(html.unescape(title) == known[anchor] for anchor, title in links)
