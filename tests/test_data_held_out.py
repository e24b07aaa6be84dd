"""The tenth that is held out: always the same images, whatever holds them."""

import pytest
from data_forms import FORMS, scenes

from ssd_lib.data import VOCFolder, open_dataset
from ssd_lib.data.held_out import hold_out


def test_the_tenth_that_is_held_out_depends_on_names_alone(tmp_path):
    some = scenes(0, 20)
    held = set()
    for form in ("voc", "coco-images", "yolo"):
        FORMS[form](tmp_path / form, some)
        kept, out = hold_out(open_dataset(tmp_path / form))
        assert (len(kept), len(out)) == (18, 2)
        stems = [[record.image.stem for record in part.records] for part in (kept, out)]
        assert not set(stems[0]) & set(stems[1])
        assert all(names == sorted(names) for names in stems)
        held.add(tuple(stems[1]))
    assert len(held) == 1


def test_one_image_cannot_be_shared_by_two(voc_folder):
    with pytest.raises(ValueError, match=r"at least 2 images.*got 1"):
        hold_out(VOCFolder(voc_folder))
