"""The toolkit's one object, put together of its methods: one file for each thing that they do."""

from synthfast._core.random import SeedLike
from synthfast.generator.anonymity import AnonymityMethods
from synthfast.generator.deep import DeepMethods
from synthfast.generator.densities import DensityMethods
from synthfast.generator.disclosure import DisclosureMethods
from synthfast.generator.distributions import DistributionMethods
from synthfast.generator.oversampling import OversamplingMethods
from synthfast.generator.privacy import PrivacyMethods
from synthfast.generator.quality import QualityMethods
from synthfast.generator.series import SeriesMethods

__all__ = ["SyntheticDataGenerator"]


class SyntheticDataGenerator(
    DensityMethods,
    DeepMethods,
    OversamplingMethods,
    DistributionMethods,
    SeriesMethods,
    PrivacyMethods,
    AnonymityMethods,
    DisclosureMethods,
    QualityMethods,
):
    """Synthetic tables and figures on them, one call each; arrays come back as arrays, frames as frames.

    Parameters
    ----------
    random_state : None, int, numpy.random.SeedSequence or numpy.random.Generator, default None
        With an integer every call gives the same result again, in whatever order the calls are made. A generator moves
        on with each call; None takes fresh entropy each time.

    See Also
    --------
    synthfast.TreeSynthesizer, synthfast.GaussianCopulaSynthesizer : the models themselves, to keep, save and draw from.
    synthfast.evaluate : the quality report itself.

    Examples
    --------
    >>> from synthfast import SyntheticDataGenerator, load_dataset
    >>> result = SyntheticDataGenerator(random_state=42).gaussian_copula(load_dataset("iris"), n_samples=1000)
    >>> result["synthetic_data"].shape, result["correlation_score"] > 0.9
    ((1000, 5), True)
    """

    def __init__(self, random_state: SeedLike = None) -> None:
        self.random_state = random_state

    def __repr__(self) -> str:
        return f"{type(self).__name__}(random_state={self.random_state!r})"
