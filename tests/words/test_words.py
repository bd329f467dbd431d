import pytest

from tests.words.banned import BANNED, IN_DETAILS, faults
from tests.words.collecting import collect, documents, pages
from tests.words.phrases import Phrase

IN_THE_OPEN = {
    "api/web/bands.py",
    "api/web/progress.py",
    "api/web/service_state.py",
    "api/web/standing.py",
    "api/web/unreached.py",
    "contract/titles.py",
    "contract/verdict.py",
    "gallery/evidence_view.py",
    "gallery/summary.py",
    "jobs/share.py",
    "sampler/evaluation/confounds.py",
}


def test_no_text_for_users_has_a_banned_word():
    assert not list(faults(collect()))


def test_the_documentation_has_no_banned_word():
    assert not list(faults(documents()))


def test_technical_terms_stand_in_details_alone():
    assert not list(faults([each for each in pages() if not each.hidden], IN_DETAILS))


def test_sentences_that_pages_show_in_the_open_have_no_technical_terms():
    shown = [each for each in collect() if each.file in IN_THE_OPEN and each.text != "code norm"]  # a key
    assert {each.file for each in shown} == IN_THE_OPEN
    assert not list(faults(shown, IN_DETAILS))


@pytest.mark.parametrize(
    "text",
    [
        "Nobody waits: what is asked now begins at once.",
        "The models that can be asked, and models of one's own.",
        "when it begins, nobody knows",
        "the job goes on after its last sample",
        "the layer says the codes",
        "No new jobs are taken.",
        "G paints BGR",
    ],
)
def test_a_banned_word_is_found_with_what_to_write(text):
    (first, *_) = faults([Phrase("a.py", 3, text)], BANNED)
    assert first.startswith("a.py:3: ")
    assert "; write " in first


@pytest.mark.parametrize(
    "text", ["Closest: 6.22 (you asked for 40 to 60).", "painted landscapes", "cannot be told"]
)
def test_what_is_plain_english_is_left(text):
    assert not list(faults([Phrase("a.py", 3, text)], BANNED))
