import pytest

from inverset.contract import glossary
from tests.words.collecting import ROOT


def test_there_are_twelve_words_each_with_one_or_two_sentences():
    assert len(glossary.TERMS) == len({each.word for each in glossary.TERMS}) == 12
    for each in (*glossary.TERMS, *glossary.DETAILS):
        assert each.meaning.endswith(".")
        assert 1 <= each.meaning.count(". ") + 1 <= 2, each


def test_the_documentation_has_the_same_words():
    assert (ROOT / "docs" / "glossary.md").read_text() == glossary.as_markdown()


def test_an_unknown_word_is_refused():
    with pytest.raises(KeyError):
        glossary.term("inverse set")
