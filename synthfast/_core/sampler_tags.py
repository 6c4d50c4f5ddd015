"""scikit-learn's tags, with what imbalanced-learn adds to them; importing this imports scikit-learn."""

from dataclasses import dataclass, field

from sklearn.utils import InputTags, Tags, TargetTags

__all__ = ["make_sampler_tags"]


@dataclass(slots=True)
class SamplerInputTags(InputTags):
    """Tags of the input, and whether it can be a data frame."""

    dataframe: bool = True


@dataclass(slots=True)
class SamplerTags:
    """Tags that only samplers have."""

    sample_indices: bool = False


@dataclass(slots=True)
class ResamplerTags(Tags):
    """Tags of an estimator, and those of samplers."""

    sampler_tags: SamplerTags = field(default_factory=SamplerTags)


def make_sampler_tags(*, sparse: bool, string: bool, allow_nan: bool, sample_indices: bool) -> ResamplerTags:
    """Tags of a resampler that takes sparse matrices, strings and missing values or not, and tells the rows it took."""
    return ResamplerTags(
        estimator_type="sampler",
        target_tags=TargetTags(required=True),
        input_tags=SamplerInputTags(sparse=sparse, string=string, categorical=string, allow_nan=allow_nan),
        sampler_tags=SamplerTags(sample_indices=sample_indices),
    )
