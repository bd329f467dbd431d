"""Names of files: where they lie, and whose they are."""

import pytest

from inverset.contract import paths

JOB = "job_1"


def test_all_files_of_a_job_lie_in_its_folder_and_tell_whose_they_are():
    image = f"{paths.job_folder(JOB)}images/000007-2.png"  # of an earlier version
    files = [
        image,
        paths.thumbnail(image),
        paths.start(image),
        paths.thumbnail(paths.start(image)),
        paths.pack(JOB, "0-1-2"),
        paths.chunk(JOB, "0-1-2"),
        paths.checkpoint(JOB, "0-1-2"),
        paths.gallery_folder(JOB, 3),
        *paths.files_of_job(JOB),
    ]
    assert len(set(files)) == len(files) == 11
    assert all(file.startswith(paths.job_folder(JOB)) for file in files)
    assert {paths.job_of(file) for file in files} == {JOB}
    assert paths.checkpoint(JOB, "x").startswith(paths.checkpoints(JOB))


def test_a_version_of_a_model_is_told_by_its_files():
    version = "ab12-34cd"
    for file in (paths.layer_file(version, "blocks.0/a b<"), paths.reference_pack(version, 300)):
        assert paths.version_of(file) == ("ab12", "34cd")
        assert file.startswith(paths.model_folder(version))
    assert paths.version_of(paths.model_folder("ab12")) == ("ab12", "")


@pytest.mark.parametrize("layer", ["a/../b", "..", "a b", "ä<"])
def test_a_layers_name_cannot_leave_its_folder(layer):
    name = paths.layer_file("v-1", layer).removeprefix(paths.model_folder("v-1"))
    assert "/" not in name
