"""The paper's models as entries, and the files that are known by what they hold."""

import hashlib

import pytest

from inverset.sampler.zoo.caffe import papers
from inverset.sampler.zoo.own.assembly import Assembly
from inverset.sampler.zoo.own.entry import Entry


@pytest.mark.slow
def test_g_inverts_e_where_f_is_another_network(paper):
    table = papers.places_entry(paper.caffenet, paper.caffenet, f"caffe:{paper.generator}")

    made = Assembly.of(Entry.of("paper-places", table), paper.folder)

    assert made.other is not None
    assert made.layer == "relu6"
    assert made.is_inverse


@pytest.mark.slow
def test_e_of_another_layer_is_not_what_g_inverts(paper):
    table = {**papers.entry(paper.caffenet, f"caffe:{paper.generator}"), "encoder": "relu7"}

    assert not Assembly.of(Entry.of("other", table), paper.folder).is_inverse


def test_published_files_are_known_by_their_content(tmp_path, monkeypatch):
    path = tmp_path / "some.caffemodel"
    path.write_bytes(b"weights")
    right = hashlib.sha1(b"weights").hexdigest()
    for digest, output in (
        (right, "is the published file"),
        ("0" * 40, "is not the file that was published"),
    ):
        monkeypatch.setattr(papers, "FILES", (papers.Published(path.name, "", "", digest),))
        assert output in papers.recognised(path)
    monkeypatch.setattr(papers, "FILES", ())
    assert papers.recognised(path) == ""


def test_by_hand_names_every_file(tmp_path):
    answer = papers.by_hand(tmp_path)

    assert all(
        name in answer for name in [*(each.name for each in papers.FILES), *papers.PULLED, str(tmp_path)]
    )
