"""Shipped files are found, and a wrong name is told what there is."""

import pytest

from ssd_lib.assets import path


def test_a_shipped_file_is_found():
    assert path("running_picture.webp").read_bytes()[:4] == b"RIFF"


@pytest.mark.parametrize("name", ["picture.webp", "", "."])
def test_a_wrong_name_is_told_which_files_there_are(name):
    with pytest.raises(FileNotFoundError, match=r"got '.*running_picture\.json"):
        path(name)
