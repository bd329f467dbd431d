"""Every page, for everybody: axe-core finds nothing grave in light or dark, it fits a phone, is light and soon there."""

import os

import pytest

from tests.end_to_end.pages import axe, catalogue

PHONE = {"width": 390, "height": 844}
MOST_BYTES = 200_000  # of a page without its images
SOON = 1000  # milliseconds to the first words
TRIES = 4  # and a machine with more to do than processors is given as much longer
PAINTED = """() => new Promise(resolve => new PerformanceObserver(list => {
  const found = list.getEntriesByName('first-contentful-paint')
  if (found.length) resolve(found[0].startTime)
}).observe({ type: 'paint', buffered: true }))"""
SIZES = """() => [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]
  .filter(each => each.initiatorType !== 'img').map(each => [each.name, each.transferSize])"""


@pytest.fixture
def show(open_page, made):
    """Open a page by its name, in a browser with these options."""

    def show(name, **options):
        whose, path = catalogue.pages(made)[name]
        page = open_page(whose, **options)
        page.watch.allow("status of 404.*/no-such-page")
        page.goto(path)
        return page

    return show


@pytest.mark.parametrize("name", catalogue.NAMES)
def test_nothing_keeps_people_from_using_it(show, name):
    assert axe.faults(show(name)) == []


@pytest.mark.parametrize("name", catalogue.NAMES)
def test_it_fits_a_phone(show, name):
    page = show(name, viewport=PHONE)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


@pytest.mark.parametrize("name", catalogue.NAMES)
def test_it_is_light_and_soon_there(show, name):
    page = show(name, viewport=PHONE)
    sizes = page.evaluate(SIZES)
    assert len(sizes) > 1
    assert sum(size for _, size in sizes) < MOST_BYTES, sizes
    painted = [page.evaluate(PAINTED)]
    while painted[-1] >= SOON and len(painted) < TRIES:
        page.reload()
        painted.append(page.evaluate(PAINTED))
    assert min(painted) < SOON * max(1, os.getloadavg()[0] / os.cpu_count()), painted
