"""Sets of pictures: which pictures they have, and which are held out."""

import numpy as np
import pytest
import skimage.data

from inr.signals import picture_set


def test_faces_are_the_first_hundred_and_every_fifth_is_held_out():
    faces = picture_set("faces", 32)
    assert [one.shape for one in faces] == [(80, 25, 25, 1), (20, 25, 25, 1)]
    shipped = 2 * skimage.data.lfw_subset() - 1
    np.testing.assert_array_equal(faces.held_out[1, ..., 0], shipped[9])
    np.testing.assert_array_equal(faces.trained[4, ..., 0], shipped[5])


def test_crops_are_the_squares_of_a_grid():
    crops = picture_set("brick", 100)
    assert [len(one) for one in crops] == [20, 5]
    brick = 2.0 * skimage.data.brick() / 255 - 1
    np.testing.assert_allclose(crops.held_out[0, ..., 0], brick[:100, 400:500])
    np.testing.assert_allclose(crops.trained[4, ..., 0], brick[100:200, :100])
    assert len(picture_set("brick", 8).held_out) == 40


def test_digits_are_scikit_learns():
    pytest.importorskip("sklearn")
    digits = picture_set("digits", 32)
    assert [one.shape for one in digits] == [(1438, 8, 8, 1), (40, 8, 8, 1)]
    assert (digits.trained.min(), digits.trained.max()) == (-1, 1)
