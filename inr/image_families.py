"""The families of a picture's scores, and the score that a trial on a picture is ranked by.

The derivatives are the network's own, exact ones, except in the families of the operator, which is applied to the
predicted image. What decides whether a trial has a family is imported when that is asked: labels need none of it.
"""

from collections.abc import Collection

from inr.choices import options
from inr.families import Config, Family, Variant, declare_family, declare_variant
from inr.scores import MAP, PIXELS
from inr.terms import NOUNS, trained_terms

NETWORK, OPERATOR, CLOSED_FORM = "network", "operator", "closed form"
MAGNITUDE = f"|{NOUNS['gradient']}|"


def ranked_by(terms: Collection[str]) -> str:
    """The metric that ranks trials whose loss has these terms; higher is better.

    A loss without an image term leaves part of the image free, so the aligned image is scored.
    """
    return "image/psnr" if "image" in terms else "image/psnr_aligned"


def rank_by(config: Config) -> str:
    """The metric that ranks a trial of this config: that of the terms that train, an absent loss being the image's."""
    return ranked_by(trained_terms(config))


def _needs_free_image(config: Config) -> str | None:
    return "which needs a loss without the image" if "image" in trained_terms(config) else None


def _needs_operator(config: Config) -> str | None:
    from inr.operators import Operator

    discrete = issubclass(options("operator")[config["operator"]], Operator)
    return None if discrete else "which needs a discrete operator"


def _needs_field(config: Config) -> str | None:
    from inr.signals.fields import FIELDS

    return None if config["image"] in FIELDS else "which needs a closed-form field as image"


def _needs_holdout(config: Config) -> str | None:
    from inr.holdouts import Whole

    return "which needs a holdout" if options("holdout")[config["holdout"]] is Whole else None


declare_variant(
    Variant(
        name="aligned",
        label="aligned",
        rankable=True,
        lacks=_needs_free_image,
        advice="leaves a constant or a harmonic function of the image free",
    )
)
declare_variant(Variant(name="zero", label="all-zero map", beside=True, scores=("psnr", "ssim")))
declare_variant(Variant(name="ceiling", label="operator's ceiling", scores=("psnr",)))
declare_variant(Variant(name="bilinear", label="bilinear interpolation", scores=("psnr",)))

declare_family(
    Family(
        name="image",
        noun=NOUNS["image"],
        kind=MAP,
        order=0,
        variants=("aligned", "ceiling"),
        shown=("psnr", "ssim"),
        occasional=("psnr_aligned",),
    )
)
declare_family(
    Family(
        name="gradient",
        noun=NOUNS["gradient"],
        source=NETWORK,
        kind=MAP,
        order=1,
        derivative_of="image",
        variants=("zero",),
        shown=("psnr", "ssim"),
    )
)
declare_family(
    Family(
        name="gradient_magnitude",
        noun=MAGNITUDE,
        source=NETWORK,
        kind=MAP,
        order=1,
        derivative_of="image",
        variants=("zero",),
    )
)
declare_family(
    Family(
        name="laplacian",
        noun=NOUNS["laplacian"],
        source=NETWORK,
        kind=MAP,
        order=2,
        derivative_of="gradient",
        variants=("zero",),
        shown=("psnr", "ssim"),
    )
)


def _declare_operator(of: str, noun: str, listed: tuple[str, ...] = ()) -> None:
    name = f"discrete_{of}"
    declare_family(
        Family(name=name, noun=noun, source=OPERATOR, kind=MAP, truth=of, listed=listed, lacks=_needs_operator)
    )


def _declare_closed_form(of: str, noun: str, order: int, derivative_of: str) -> None:
    declare_family(
        Family(
            name=f"exact_{of}",
            noun=noun,
            source=CLOSED_FORM,
            kind=MAP,
            order=order,
            derivative_of=derivative_of,
            lacks=_needs_field,
        )
    )


_declare_operator("gradient", NOUNS["gradient"], listed=("psnr",))
_declare_operator("gradient_magnitude", MAGNITUDE)
_declare_operator("laplacian", NOUNS["laplacian"], listed=("psnr",))
_declare_closed_form("gradient", NOUNS["gradient"], 1, "image")
_declare_closed_form("gradient_magnitude", MAGNITUDE, 1, "image")
_declare_closed_form("laplacian", NOUNS["laplacian"], 2, "gradient")

declare_family(Family(name="trained", noun="trained pixels", kind=PIXELS, lacks=_needs_holdout))
declare_family(
    Family(
        name="held_out",
        noun="held-out pixels",
        kind=PIXELS,
        variants=("bilinear",),
        occasional=("psnr",),
        lacks=_needs_holdout,
    )
)
