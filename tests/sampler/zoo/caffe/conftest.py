"""The paper's files, made once."""

import pytest

from tests.sampler.zoo.caffe import full_size


@pytest.fixture(scope="session")
def paper(tmp_path_factory):
    return full_size.write(tmp_path_factory.mktemp("paper"))
