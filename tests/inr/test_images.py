"""Images: what ships offline, files of every kind against the arrays they hold, resizing, errors."""

import hashlib
import os
import struct
import subprocess
import sys
import zlib
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
import skimage.data
import tifffile
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from inr.errors import InputError, UsageError
from inr.signals import Signal, file_digest, grid, is_path, load_signal, signal_names
from inr.signals.fields import FIELDS
from inr.signals.images import SHIPPED, _target_shape

H, W = 12, 20
RNG = np.random.default_rng(0)
LUMA = np.array([0.2125, 0.7154, 0.0721])


def bytes_of(*shape, dtype=np.uint8):
    return RNG.integers(0, np.iinfo(dtype).max + 1, shape).astype(dtype)


GRAY, RGB, RGBA = bytes_of(H, W), bytes_of(H, W, 3), bytes_of(H, W, 4)
GRAY16, RGB16 = bytes_of(H, W, dtype=np.uint16), bytes_of(H, W, 3, dtype=np.uint16)
RGBA16, LA16 = bytes_of(H, W, 4, dtype=np.uint16), bytes_of(H, W, 2, dtype=np.uint16)
FLOAT = RNG.random((H, W)).astype(np.float32)
INDEX = RNG.integers(0, 4, (H, W)).astype(np.uint8)
PALETTE = np.array([[255, 0, 0], [0, 128, 0], [10, 20, 30], [200, 100, 50]], dtype=np.uint8)
PALETTE_ALPHA = np.array([0, 80, 255, 255], dtype=np.uint8)


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png16(path, pixels, extra=b""):
    """A 16-bit PNG by the specification, for the decoders' own writers might share their mistakes."""
    height, width, channels = pixels.shape
    header = struct.pack(">IIBBBBB", width, height, 16, {1: 0, 2: 4, 3: 2, 4: 6}[channels], 0, 0, 0)
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in pixels)
    body = chunk(b"IHDR", header) + extra + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    Path(path).write_bytes(b"\x89PNG\r\n\x1a\n" + body)


def pillow(pixels, mode=None, **options):
    def write(path):
        image = Image.fromarray(pixels)
        (image.convert(mode) if mode else image).save(path, **options)

    return write


def palette(path, **options):
    image = Image.new("P", (W, H))
    image.putdata(INDEX.ravel().tolist())
    image.putpalette(PALETTE.ravel().tolist())
    image.save(path, **options)


def animation(path):
    Image.fromarray(GRAY).save(path, save_all=True, append_images=[Image.fromarray(255 - GRAY)])


def gray_alpha(path):
    Image.merge("LA", [Image.fromarray(GRAY), Image.fromarray(RGBA[..., 3])]).save(path)


def pgm16(path):
    Path(path).write_bytes(b"P5 %d %d 65535\n" % (W, H) + GRAY16.astype(">u2").tobytes())


def over_white(colour, alpha):
    return colour * alpha[..., None] + 1.0 - alpha[..., None]


def key16(pixels):
    """The colour key of the pixel at (0, 0), and the alpha that it means."""
    return chunk(b"tRNS", pixels[0, 0].astype(">u2").tobytes()), (pixels != pixels[0, 0]).any(axis=-1)


def gray3(gray):
    return np.repeat(np.asarray(gray, dtype=np.float64)[..., None], 3, axis=2)


KEY_RGB, ALPHA_RGB = key16(RGB16)
KEY_GRAY, ALPHA_GRAY = key16(GRAY16[..., None])
TRANSPARENT = {"transparency": PALETTE_ALPHA.tobytes()}

# name of the file, its writer, the RGB in [0, 1] that it must give
KINDS = [
    ("gray8.png", pillow(GRAY), gray3(GRAY / 255)),
    ("gray8.tif", pillow(GRAY), gray3(GRAY / 255)),
    ("gray8.bmp", pillow(GRAY), gray3(GRAY / 255)),
    ("rgb8.png", pillow(RGB), RGB / 255),
    ("rgb8.tif", pillow(RGB, compression="tiff_lzw"), RGB / 255),
    ("rgb8.webp", pillow(RGB, lossless=True), RGB / 255),
    ("gray16.png", lambda path: png16(path, GRAY16[..., None]), gray3(GRAY16 / 65535)),
    ("gray16.tif", lambda path: tifffile.imwrite(path, GRAY16), gray3(GRAY16 / 65535)),
    (
        "gray16_white_is_zero.tif",
        lambda path: tifffile.imwrite(path, GRAY16, photometric="miniswhite"),
        gray3(1 - GRAY16 / 65535),
    ),
    ("gray16.pgm", pgm16, gray3(GRAY16 / 65535)),
    ("rgb16.png", lambda path: png16(path, RGB16), RGB16 / 65535),
    ("rgb16.tif", lambda path: tifffile.imwrite(path, RGB16, photometric="rgb"), RGB16 / 65535),
    (
        "rgba16.png",
        lambda path: png16(path, RGBA16),
        over_white(RGBA16[..., :3] / 65535, RGBA16[..., 3] / 65535),
    ),
    (
        "rgba16.tif",
        lambda path: tifffile.imwrite(path, RGBA16, photometric="rgb", extrasamples=["unassalpha"]),
        over_white(RGBA16[..., :3] / 65535, RGBA16[..., 3] / 65535),
    ),
    (
        "la16.png",
        lambda path: png16(path, LA16),
        over_white(gray3(LA16[..., 0] / 65535), LA16[..., 1] / 65535),
    ),
    ("rgb16_key.png", lambda path: png16(path, RGB16, KEY_RGB), over_white(RGB16 / 65535, ALPHA_RGB)),
    (
        "gray16_key.png",
        lambda path: png16(path, GRAY16[..., None], KEY_GRAY),
        over_white(gray3(GRAY16 / 65535), ALPHA_GRAY),
    ),
    ("rgba8.png", pillow(RGBA), over_white(RGBA[..., :3] / 255, RGBA[..., 3] / 255)),
    ("la8.png", gray_alpha, over_white(gray3(GRAY / 255), RGBA[..., 3] / 255)),
    ("la8.tif", gray_alpha, over_white(gray3(GRAY / 255), RGBA[..., 3] / 255)),
    ("palette.png", palette, PALETTE[INDEX] / 255),
    ("palette.gif", palette, PALETTE[INDEX] / 255),
    (
        "palette_alpha.png",
        lambda path: palette(path, **TRANSPARENT),
        over_white(PALETTE[INDEX] / 255, PALETTE_ALPHA[INDEX] / 255),
    ),
    ("bits.png", lambda path: Image.fromarray(GRAY > 127).save(path), gray3(GRAY > 127)),
    ("bits.tif", lambda path: Image.fromarray(GRAY > 127).save(path), gray3(GRAY > 127)),
    ("float.tif", lambda path: tifffile.imwrite(path, FLOAT), gray3(FLOAT)),
]


def write(path, writer):
    writer(path)
    return str(path)


def unit(signal):
    return (signal.values + 1) / 2


# ---- images by name


def loads_offline(name):
    try:
        getattr(skimage.data, name)()
    except ModuleNotFoundError:  # "requires the installation of an optional dependency, pooch"
        return False
    return True


def test_the_list_is_all_that_skimage_loads_offline(monkeypatch):
    monkeypatch.setitem(sys.modules, "pooch", None)  # importing it fails, installed or not
    monkeypatch.delenv("PYTEST_CURRENT_TEST")  # skimage skips the running test where pooch is missing
    no_images = {"data_dir", "download_all", "file_hash", "lbp_frontal_face_cascade_filename"}
    offline = {name for name in set(skimage.data.__all__) - no_images if loads_offline(name)}
    assert offline == set(SHIPPED)
    assert len(SHIPPED) == len(offline)


@pytest.mark.parametrize("channels", ["gray", "rgb"])
@pytest.mark.parametrize("name", SHIPPED)
def test_every_shipped_image_loads(name, channels):
    signal = load_signal(name, 24, channels)
    assert max(signal.shape[:2]) == 24
    assert signal.shape[2] == (1 if channels == "gray" else 3)
    assert signal.values.dtype == np.float64
    assert signal.values.min() >= -1.0
    assert signal.values.max() <= 1.0
    assert signal.gradient is None
    assert signal.laplacian is None
    assert signal.data_hash == load_signal(name, 24, channels).data_hash


def test_names_are_not_paths():
    assert signal_names() == (*FIELDS, *SHIPPED)
    assert not any(is_path(name) for name in signal_names())
    assert is_path("camera.png")
    assert is_path("folder/camera")


def test_a_pair_and_a_stack_give_their_first_image():
    left, _, _ = skimage.data.stereo_motorcycle()
    motorcycle = load_signal("stereo_motorcycle", 741, "rgb")
    np.testing.assert_allclose(unit(motorcycle), left / 255, atol=1e-12)
    faces = load_signal("lfw_subset", 25, "gray")
    np.testing.assert_allclose(unit(faces)[..., 0], skimage.data.lfw_subset()[0], atol=1e-12)


def test_transparent_logo_lies_on_white():
    pixels = skimage.data.logo() / 255.0
    logo = load_signal("logo", 500, "rgb")
    np.testing.assert_allclose(unit(logo), over_white(pixels[..., :3], pixels[..., 3]), atol=1e-12)


# ---- resizing


def area_weights(n, m):
    """(m, n): each row the share of every old pixel in one new pixel of width n/m."""
    edges = np.arange(m + 1) * n / m
    overlap = np.minimum(edges[1:, None], np.arange(1, n + 1)) - np.maximum(edges[:-1, None], np.arange(n))
    return np.clip(overlap, 0, None) * m / n


def cubic_weights(n, m):
    """(m, n): Keys' kernel with a = -0.75, pixels as areas, the border repeated."""
    weights = np.zeros((m, n))
    for i in range(m):
        centre = (i + 0.5) * n / m - 0.5
        for k in range(int(np.floor(centre)) - 1, int(np.floor(centre)) + 3):
            d, a = abs(centre - k), -0.75
            near, far = (a + 2) * d**3 - (a + 3) * d**2 + 1, a * (d**3 - 5 * d**2 + 8 * d - 4)
            weights[i, min(max(k, 0), n - 1)] += near if d <= 1 else far if d < 2 else 0.0
    return weights


def test_shrinking_by_eight_is_the_block_mean():
    blocks = (skimage.data.camera() / 255.0).reshape(64, 8, 64, 8).mean(axis=(1, 3))
    np.testing.assert_allclose(unit(load_signal("camera", 64, "gray"))[..., 0], blocks, atol=1e-14)


def test_shrinking_by_any_ratio_is_the_area_mean():
    pixels = skimage.data.chelsea() / 255.0
    expected = np.einsum("ij,jkc,lk->ilc", area_weights(300, 43), pixels, area_weights(451, 64))
    np.testing.assert_allclose(unit(load_signal("chelsea", 64, "rgb")), expected, atol=1e-6)


def test_enlarging_is_cubic_clipped_and_told(tmp_path):
    path = write(tmp_path / "small.png", pillow(GRAY))
    signal = load_signal(path, 50, "gray")
    expected = cubic_weights(H, 30) @ (GRAY / 255.0) @ cubic_weights(W, 50).T
    assert expected.max() > 1.0  # else the clipping would go untested
    np.testing.assert_allclose(unit(signal)[..., 0], expected.clip(0, 1), atol=1e-6)
    assert signal.notes == (
        f"{path!r} has 12x20 pixels and was enlarged to 30x50 by cubic interpolation: "
        "it holds no finer detail than before.",
    )


def test_alpha_is_composited_before_resizing(tmp_path):
    pixels = bytes_of(32, 64, 4)
    path = write(tmp_path / "clear.png", pillow(pixels))
    expected = over_white(pixels[..., :3] / 255, pixels[..., 3] / 255).reshape(16, 2, 32, 2, 3).mean(axis=(1, 3))
    np.testing.assert_allclose(unit(load_signal(path, 32, "rgb")), expected, atol=1e-12)


@given(height=st.integers(2, 3000), width=st.integers(2, 3000), size=st.integers(8, 2000))
def test_the_longer_side_is_the_size_and_the_aspect_is_kept(height, width, size):
    exact = min(height, width) * size / max(height, width)
    if exact < 7.5 - 1e-9:
        with pytest.raises(InputError):
            _target_shape("x", height, width, size)
        return
    rows, columns = _target_shape("x", height, width, size)
    assert max(rows, columns) == size
    assert abs(min(rows, columns) - exact) <= 0.5 + 1e-9
    assert (rows >= columns) == (height >= width) or rows == columns


@given(height=st.integers(2, 400), width=st.integers(2, 400))
def test_a_thin_image_names_the_smallest_size_that_works(height, width):
    with pytest.raises(InputError) as caught:
        _target_shape("x", 1000 * height, height, 8)
    enough = int(str(caught.value).split("use size ")[1].split()[0])
    assert min(_target_shape("x", 1000 * height, height, enough)) == 8
    with pytest.raises(InputError):
        _target_shape("x", 1000 * height, height, enough - 1)


# ---- the signal and its grid


@given(height=st.integers(2, 200), width=st.integers(2, 200))
def test_grid_is_isotropic_and_centred(height, width):
    signal = Signal("x", np.zeros((height, width, 1)))
    x = signal.coordinates
    assert x.shape == (height, width, 2)
    assert x.dtype == np.float64
    longer = 0 if height >= width else 1
    assert x[..., longer].min() == -1.0
    assert x[..., longer].max() == 1.0
    np.testing.assert_array_equal(x[::-1, ::-1], -x)
    np.testing.assert_allclose(np.diff(x[..., 0], axis=0), signal.spacing, atol=1e-14)
    np.testing.assert_allclose(np.diff(x[..., 1], axis=1), signal.spacing, atol=1e-14)
    assert np.all(np.diff(x[..., 0], axis=1) == 0)
    assert np.all(np.diff(x[..., 1], axis=0) == 0)


def test_grid_of_two_by_three():
    expected = [[[-0.5, -1], [-0.5, 0], [-0.5, 1]], [[0.5, -1], [0.5, 0], [0.5, 1]]]
    np.testing.assert_array_equal(grid(2, 3), expected)


def test_data_hash_is_of_the_shape_and_the_float32_values():
    values = np.array([[[0.1], [0.2]], [[0.3], [-1.0]]])
    content = b"(2, 2, 1)" + struct.pack("<4f", 0.1, 0.2, 0.3, -1.0)
    assert Signal("x", values).data_hash == hashlib.sha256(content).hexdigest()[:16]
    assert Signal("x", values).data_hash == Signal("y", values[:, ::-1][:, ::-1]).data_hash
    assert Signal("x", values).data_hash != Signal("x", values.reshape(1, 4, 1)).data_hash


# ---- files


@pytest.mark.parametrize(("name", "writer", "expected"), KINDS, ids=[kind[0] for kind in KINDS])
def test_file_gives_the_pixels_it_was_made_from(tmp_path, name, writer, expected):
    path = write(tmp_path / name, writer)
    colour, gray = load_signal(path, W, "rgb"), load_signal(path, W, "gray")
    assert colour.name == path
    assert colour.notes == ()
    np.testing.assert_allclose(unit(colour), expected, atol=1e-12)
    np.testing.assert_allclose(unit(gray)[..., 0], expected @ LUMA, atol=1e-12)


def test_jpeg_gives_what_pillow_decodes(tmp_path):
    path = write(tmp_path / "photo.jpg", pillow(RGB))
    with Image.open(path) as photo:
        np.testing.assert_allclose(unit(load_signal(path, W, "rgb")), np.asarray(photo) / 255, atol=1e-12)


def test_cmyk_jpeg_is_mixed_from_its_inks(tmp_path):
    path = write(tmp_path / "print.jpg", pillow(RGB, "CMYK", quality=95))
    inks = np.asarray(Image.open(path)) / 255.0
    assert inks.shape == (H, W, 4)
    expected = np.clip((1 - inks[..., 3:]) - inks[..., :3] * (1 - inks[..., 3:]), 0, 1)
    np.testing.assert_allclose(unit(load_signal(path, W, "rgb")), expected, atol=1.1 / 255)


def test_animation_gives_its_first_frame_and_says_so(tmp_path):
    path = write(tmp_path / "film.gif", animation)
    signal = load_signal(path, W, "gray")
    np.testing.assert_allclose(unit(signal)[..., 0], GRAY / 255, atol=1e-12)
    assert signal.notes == (f"{path!r} holds 2 frames: the first was taken.",)


@pytest.mark.parametrize("shape", [(8, 300), (300, 8), (33, 32)])
def test_any_aspect(tmp_path, shape):
    pixels = bytes_of(*shape, 3)
    path = write(tmp_path / "strip.png", pillow(pixels))
    np.testing.assert_allclose(unit(load_signal(path, max(shape), "rgb")), pixels / 255, atol=1e-12)


# The EXIF standard on tag 274: where the first and last pixel of row 0 belong in the upright picture.
CORNERS = {
    1: ((0, 0), (0, -1)),
    2: ((0, -1), (0, 0)),
    3: ((-1, -1), (-1, 0)),
    4: ((-1, 0), (-1, -1)),
    5: ((0, 0), (-1, 0)),
    6: ((0, -1), (-1, -1)),
    7: ((-1, -1), (0, -1)),
    8: ((-1, 0), (0, 0)),
}


def rotated_pillow(path, pixels, orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.fromarray(pixels).save(path, exif=exif)


def rotated_png16(path, pixels, orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    channels = pixels.reshape(*pixels.shape[:2], -1)
    png16(path, channels.astype(np.uint16) * 257, chunk(b"eXIf", exif.tobytes().removeprefix(b"Exif\0\0")))


def rotated_tiff16(path, pixels, orientation):
    kind = "rgb" if pixels.ndim == 3 else "minisblack"
    tag = (274, "H", 1, orientation, True)
    tifffile.imwrite(path, pixels.astype(np.uint16) * 257, photometric=kind, extratags=[tag])


WRITERS = {".jpg": rotated_pillow, ".png": rotated_pillow, ".webp": rotated_pillow, ".tif": rotated_pillow}
WRITERS |= {".16.png": rotated_png16, ".16.tif": rotated_tiff16}


@pytest.mark.parametrize("colour", [False, True], ids=["gray", "rgb"])
@pytest.mark.parametrize("orientation", CORNERS)
@pytest.mark.parametrize("suffix", WRITERS)
def test_pictures_stand_upright(tmp_path, suffix, orientation, colour):
    stored = np.zeros((16, 24), dtype=np.uint8)
    stored[:8, :8], stored[:8, -8:] = 250, 125
    path = tmp_path / f"turned{suffix}"
    WRITERS[suffix](path, np.stack([stored] * 3, axis=-1) if colour else stored, orientation)
    picture = unit(load_signal(str(path), 24, "gray"))[..., 0]
    first, last = CORNERS[orientation]
    assert picture.shape == ((16, 24) if orientation <= 4 else (24, 16))
    assert picture[first] == pytest.approx(250 / 255, abs=0.05)
    assert picture[last] == pytest.approx(125 / 255, abs=0.05)
    assert np.sum(picture > 0.25) == 2 * 64


# ---- errors of files


def empty(path):
    path.write_bytes(b"")


def cut(path, writer, keep=0.6):
    writer(path)
    data = path.read_bytes()
    path.write_bytes(data[: int(keep * len(data))])


def noisy(path):
    """A damaged strip, of which libtiff complains on the process's stderr."""
    Image.fromarray(RGB).save(path, compression="tiff_adobe_deflate")
    data = bytearray(path.read_bytes())
    strip = data.index(b"\x78")  # a zlib stream's first byte
    data[strip : strip + 200] = bytes(200)
    path.write_bytes(data)


def planar16(path):
    tifffile.imwrite(path, RGB16.transpose(2, 0, 1).copy(), photometric="rgb", planarconfig="separate")


def associated16(path):
    tifffile.imwrite(path, RGBA16, photometric="rgb", extrasamples=["assocalpha"])


def fifo(path):
    os.mkfifo(path)


DAMAGED = "the file is truncated or damaged; save or download it again"
FOREIGN = "it is no image, of a rare format or damaged; give an 8 or 16 bit PNG, TIFF or JPEG"
LAYOUT = "its layout of 16-bit colours is not supported; save it as a 16-bit RGB PNG"
INTEGERS = "its pixels are signed or 32-bit integers; save it with 8 or 16 bits"
BROKEN = [
    ("no.png", lambda path: None, "there is no such file; check the path"),
    ("folder.d", Path.mkdir, "it is a folder; give the path of a file inside it"),
    ("pipe.png", fifo, "it is not a regular file; give the path of a file"),
    ("x" * 300 + ".png", lambda path: None, "it is not a possible path; give that of a file"),
    ("empty.png", empty, "the file is empty; save or download it again"),
    ("text.png", lambda path: path.write_text("no image\n" * 40), FOREIGN),
    ("complex.tif", lambda path: tifffile.imwrite(path, FLOAT.astype(np.complex64)), FOREIGN),
    ("cut.png", lambda path: cut(path, pillow(RGB)), DAMAGED),
    ("cut.jpg", lambda path: cut(path, pillow(bytes_of(64, 64, 3))), DAMAGED),
    ("cut.tif", lambda path: cut(path, pillow(RGB)), DAMAGED),
    ("cut.gif", lambda path: cut(path, pillow(bytes_of(64, 64))), DAMAGED),
    ("cut.bmp", lambda path: cut(path, pillow(RGB)), DAMAGED),
    ("cut.webp", lambda path: cut(path, pillow(RGB)), DAMAGED),
    ("cut16.png", lambda path: cut(path, lambda p: png16(p, RGB16)), DAMAGED),
    ("noisy.tif", noisy, DAMAGED),
    ("planar16.tif", planar16, LAYOUT),
    ("associated16.tif", associated16, LAYOUT),
    ("cmyk16.tif", lambda path: tifffile.imwrite(path, RGBA16, photometric="separated"), LAYOUT),
    ("int32.tif", lambda path: tifffile.imwrite(path, GRAY.astype(np.int32)), INTEGERS),
    ("int16.tif", lambda path: tifffile.imwrite(path, GRAY.astype(np.int16)), INTEGERS),
    (
        "float.tif",
        lambda path: tifffile.imwrite(path, np.linspace(-1, 100, H * W, dtype=np.float32).reshape(H, W)),
        "its floating-point pixels span -1 to 100, expected 0 to 1; rescale them",
    ),
    (
        "nan.tif",
        lambda path: tifffile.imwrite(path, np.full((H, W), np.nan, dtype=np.float32)),
        "its floating-point pixels span nan to nan, expected 0 to 1; rescale them",
    ),
]


@pytest.mark.parametrize(("name", "writer", "reason"), BROKEN, ids=[broken[0][:20] for broken in BROKEN])
def test_a_file_that_cannot_be_read_is_one_sentence(tmp_path, capfd, name, writer, reason):
    path = tmp_path / name
    writer(path)
    with pytest.raises(InputError) as caught:
        load_signal(str(path), 16, "gray")
    assert str(caught.value) == f"cannot read {str(path)!r}: {reason}"
    assert caught.value.exit_code == 1
    assert capfd.readouterr() == ("", "")


THIN = "become {}x{} at size 16, expected 8 or more on the shorter side; use size {} or more or crop it"
UNFIT = [
    ((1, 1), "it has 1x1 pixels, expected at least 2x2; give a larger image"),
    ((1, 40), "it has 1x40 pixels, expected at least 2x2; give a larger image"),
    ((10, 100), "its 10x100 pixels " + THIN.format(2, 16, 75)),
    ((100, 3), "its 100x3 pixels " + THIN.format(16, 0, 250)),
]


@pytest.mark.parametrize(("shape", "reason"), UNFIT)
def test_an_image_that_is_too_thin_is_refused(tmp_path, shape, reason):
    path = write(tmp_path / "thin.png", pillow(bytes_of(*shape)))
    with pytest.raises(InputError) as caught:
        load_signal(path, 16, "gray")
    assert str(caught.value) == f"cannot fit {path!r}: {reason}"


@pytest.mark.parametrize("channels", ["gray", "rgb"])
def test_a_constant_image_is_refused(tmp_path, channels):
    red = np.zeros((H, W, 3), dtype=np.uint8)
    red[..., 0] = 201
    path = write(tmp_path / "red.png", pillow(red))
    with pytest.raises(InputError) as caught:
        load_signal(path, 17, channels)
    reason = f"all its pixels are equal in {channels} at size 17, so there is nothing to learn"
    assert str(caught.value) == f"cannot fit {path!r}: {reason}; give an image with some contrast"


def test_one_step_of_sixteen_bits_is_not_constant(tmp_path):
    pixels = np.full((H, W, 3), 30000, dtype=np.uint16)
    pixels[0, 0] += 1
    path = tmp_path / "faint.png"
    png16(path, pixels)
    assert np.ptp(load_signal(str(path), W, "gray").values) == pytest.approx(2 / 65535)


def test_a_huge_image_is_refused(tmp_path, monkeypatch):
    path = write(tmp_path / "huge.png", pillow(GRAY))
    for limit in (200, 100):  # Pillow warns above the limit, and raises above twice the limit
        monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", limit)
        with pytest.raises(InputError) as caught:
            load_signal(path, 16, "gray")
        assert str(caught.value) == f"cannot read {path!r}: it has more than {limit} pixels; shrink it first"


@pytest.mark.parametrize("method", ["stat", "read_bytes"])
def test_a_forbidden_file_is_refused(tmp_path, monkeypatch, method):
    path = write(tmp_path / "secret.png", pillow(GRAY))

    def refuse(self, **_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, method, refuse)  # root may read everything, so chmod would not do
    with pytest.raises(InputError) as caught:
        load_signal(path, 16, "gray")
    reason = "you have no permission to read it; change its permissions or copy it elsewhere"
    assert str(caught.value) == f"cannot read {path!r}: {reason}"


def test_a_disk_that_fails_is_told(tmp_path, monkeypatch):
    path = write(tmp_path / "bad.png", pillow(GRAY))

    def fail(self):
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(Path, "read_bytes", fail)
    with pytest.raises(InputError) as caught:
        load_signal(path, 16, "gray")
    reason = "the system says 'Input/output error'; copy it to a healthy disk"
    assert str(caught.value) == f"cannot read {path!r}: {reason}"


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_damage_never_escapes_as_another_exception(tmp_path_factory, data):
    """Cut and corrupted files are either read or refused by our own error."""
    suffix = data.draw(st.sampled_from([*WRITERS, ".gif", ".bmp"]))
    path = tmp_path_factory.mktemp("damage") / f"a{suffix}"
    WRITERS.get(suffix, rotated_pillow)(path, RGB, 6)
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(content[: data.draw(st.integers(1, len(content)))])
    with suppress(InputError):
        load_signal(str(path), 16, "rgb")


# ---- errors of usage


KNOWN = "expected a file's path or a known name; did you mean"
WRONG = [
    ("camra", 16, "gray", f"image is 'camra'; {KNOWN} 'camera'?"),
    ("CAMERA", 16, "gray", f"image is 'CAMERA'; {KNOWN} 'camera'?"),
    ("gausians", 16, "rgb", f"image is 'gausians'; {KNOWN} 'gaussians'?"),
    ("camera", 7, "gray", "size is 7; expected at least 8 pixels; give a larger size"),
    ("camera", 16, "RGB", "channels is 'RGB'; expected 'gray' or 'rgb'; give one of them"),
]


@pytest.mark.parametrize(("image", "size", "channels", "sentence"), WRONG)
def test_wrong_use_is_one_sentence(image, size, channels, sentence):
    with pytest.raises(UsageError) as caught:
        load_signal(image, size, channels)
    assert str(caught.value) == sentence
    assert caught.value.exit_code == 2


def test_no_name_at_all_is_wrong_use():
    with pytest.raises(UsageError, match=r"^image is ''; expected a file's path or one of astronaut, bandlimited, .*"):
        load_signal("", 16, "gray")


def test_a_file_without_suffix_is_a_path_if_it_exists(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Image.fromarray(GRAY).save("photo", format="PNG")
    assert load_signal("photo", W, "gray").shape == (H, W, 1)


# ---- digests, and the cost of importing


def test_file_digest_is_of_the_bytes_and_follows_changes(tmp_path):
    path = tmp_path / "a.png"
    for content in (b"one", b"three"):
        path.write_bytes(content)
        assert file_digest(str(path)) == hashlib.sha256(content).hexdigest()


def test_file_digest_reads_an_unchanged_file_once(tmp_path, monkeypatch):
    path = tmp_path / "a.png"
    path.write_bytes(b"one")
    first = file_digest(str(path))
    monkeypatch.setattr(Path, "read_bytes", None)
    assert file_digest(str(path)) == first
    later = path.stat().st_mtime_ns + 1_000_000_000
    os.utime(path, ns=(later, later))
    with pytest.raises(TypeError):
        file_digest(str(path))


def test_file_digest_of_no_file():
    with pytest.raises(InputError, match=r"^cannot read 'no/file': there is no such file; check the path$"):
        file_digest("no/file")


def test_importing_is_cheap():
    heavy = "{'torch', 'cv2', 'skimage', 'PIL', 'scipy'}"
    code = f"import inr.signals, sys; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
