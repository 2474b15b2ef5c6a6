"""Closed-form fields: derivatives against finite differences, bounds, one function for all grids."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inr.errors import UsageError
from inr.signals import field, grid, load_signal
from inr.signals.fields import FIELDS, members

STEP = 1e-3
# Central differences of order 6: offset in steps → weight.
FIRST = {-3: -1 / 60, -2: 3 / 20, -1: -3 / 4, 1: 3 / 4, 2: -3 / 20, 3: 1 / 60}
SECOND = {-3: 1 / 90, -2: -3 / 20, -1: 3 / 2, 0: -49 / 18, 1: 3 / 2, 2: -3 / 20, 3: 1 / 90}

names = pytest.mark.parametrize("name", sorted(FIELDS))
coordinate = st.floats(-1.5, 1.5, allow_subnormal=False)


def difference(name, point, axis, weights, order):
    """The derivative along one axis, from values of the field only."""
    steps = STEP * np.eye(2)[axis]
    return sum(w * field(name, "rgb")(point + k * steps)[0] for k, w in weights.items()) / STEP**order


def test_the_fields_are_the_promised_ones():
    assert {"sinusoids", "gaussians", "bandlimited"} <= set(FIELDS)


@names
@settings(max_examples=25, deadline=None)
@given(row=coordinate, column=coordinate)
def test_gradient_is_the_derivative_of_the_value(name, row, column):
    point = np.array([row, column])
    gradient = field(name, "rgb")(point)[1]
    assert gradient.shape == (3, 2)
    for axis in (0, 1):
        np.testing.assert_allclose(gradient[:, axis], difference(name, point, axis, FIRST, 1), atol=1e-7)


@names
@settings(max_examples=25, deadline=None)
@given(row=coordinate, column=coordinate)
def test_laplacian_is_the_sum_of_second_derivatives(name, row, column):
    point = np.array([row, column])
    laplacian = field(name, "rgb")(point)[2]
    expected = sum(difference(name, point, axis, SECOND, 2) for axis in (0, 1))
    np.testing.assert_allclose(laplacian, expected, atol=1e-5)


@names
@pytest.mark.parametrize(("channels", "count"), [("gray", 1), ("rgb", 3)])
def test_signal_holds_the_field_on_its_grid(name, channels, count):
    signal = load_signal(name, 32, channels)
    assert signal.shape == (32, 32, count)
    assert signal.gradient.shape == (32, 32, count, 2)
    for got, expected in zip(
        (signal.values, signal.gradient, signal.laplacian),
        field(name, channels)(signal.coordinates),
        strict=True,
    ):
        assert got.dtype == np.float64
        np.testing.assert_array_equal(got, expected)


@names
def test_two_sizes_sample_one_function(name):
    coarse, fine = load_signal(name, 17, "rgb"), load_signal(name, 33, "rgb")
    np.testing.assert_allclose(fine.values[::2, ::2], coarse.values, atol=1e-13)
    np.testing.assert_allclose(fine.gradient[::2, ::2], coarse.gradient, atol=1e-11)
    np.testing.assert_allclose(fine.laplacian[::2, ::2], coarse.laplacian, atol=1e-9)


@names
def test_values_use_the_range_and_stay_in_it(name):
    peaks = np.abs(field(name, "rgb")(grid(401, 401))[0]).max(axis=(0, 1))
    assert np.all(peaks <= 1.0)
    assert np.all(peaks >= 0.85)


@names
def test_channels_are_three_different_functions_and_gray_is_the_first(name):
    colour, gray = load_signal(name, 48, "rgb").values, load_signal(name, 48, "gray").values
    np.testing.assert_array_equal(colour[..., :1], gray)
    correlation = np.corrcoef(colour.reshape(-1, 3).T)
    assert np.abs(correlation - np.eye(3)).max() < 0.9


def test_gaussians_and_their_gradient_vanish_at_the_border():
    value, gradient, _ = field("gaussians", "rgb")(grid(401, 401))
    border = np.ones((401, 401), dtype=bool)
    border[1:-1, 1:-1] = False
    assert np.abs(value[border]).max() < 1e-6
    assert np.abs(gradient[border]).max() < 1e-6


def test_bandlimited_noise_stays_below_its_cut_off():
    for member in members("bandlimited", "rgb"):
        assert 30 < member.bandwidth <= 40
        assert len(member.waves) == 64


@pytest.mark.parametrize("channel", [0, 1, 2])
def test_bandwidth_bounds_the_spectrum_of_gaussians(channel):
    member = FIELDS["gaussians"](channel)
    size = 257  # the field vanishes at the border, so the periodic sum is its Fourier integral
    spectrum = np.abs(np.fft.fft2(member(grid(size, size))[0]))
    omega = 2 * np.pi * np.fft.fftfreq(size, d=2 / (size - 1))
    beyond = np.hypot(omega[:, None], omega[None, :]) > member.bandwidth
    assert spectrum[beyond].max() < 1e-6 * spectrum.max()


def test_too_few_pixels_for_the_bandwidth_are_told():
    (note,) = load_signal("bandlimited", 20, "gray").notes
    assert note == (
        "'bandlimited' has frequencies up to 40 rad per unit, above the 30 that 20 pixels per side carry: "
        "its samples are aliased; use size 27 or more."
    )


@names
def test_the_size_that_the_note_asks_for_is_the_smallest_without_one(name):
    (note,) = load_signal(name, 8, "rgb").notes
    enough = int(note.split("use size ")[1].split()[0])
    assert load_signal(name, enough, "rgb").notes == ()
    assert load_signal(name, enough - 1, "rgb").notes != ()


def test_an_unknown_field_is_refused():
    with pytest.raises(UsageError) as caught:
        field("gausians")
    assert str(caught.value) == ("'gausians' is no closed-form field: did you mean 'gaussians'?")
