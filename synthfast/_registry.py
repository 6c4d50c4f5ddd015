"""The one table of public names: where each lives, what it is, what it can do, and how the contract suite tries it.

A name listed here is importable from the top level, loads its module only when first used, and, where it is a
synthesizer, is a choice of the command line, is saved and loaded, and runs through the whole contract suite.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

__all__ = ["REGISTRY", "Entry", "entries", "load_object", "name_of_key"]


@dataclass(frozen=True)
class Entry:
    """One public name.

    Parameters
    ----------
    target : str
        ``"module:object"``.
    kind : {"synthesizer", "resampler", "series", "panel", "function", "class"}
        What the object is; ``"series"`` generates series from one, ``"panel"`` entities from many.
    kind : {"synthesizer", "private", "relational", "resampler", "function", "class"}
        What the object is; ``"private"`` is a differentially private synthesizer, with a contract of its own;
        ``"relational"`` one of several tables.
    key : str, default ""
        Snake-case choice on the command line and in model files; functions and classes have none.
    tags : frozenset of str
        Capabilities: ``"conditions"`` (draws under conditions), ``"dependence"`` (columns stay dependent); and
        ``"copies"`` (draws are training rows, so what no row holds cannot be asked for); ``"trained"`` (how much of the
        dependence is kept is a matter of ``epochs``). Of generators of series:
        ``"univariate"`` (one variable only), ``"windows"`` (learns many short stretches), ``"length"`` (a draw is no
        longer than the series or window that was fitted).
    test_params : mapping
        Constructor arguments that make the contract suite quick.
    needs : tuple of str
        Modules of an extra that must be installed to use it.
    """

    target: str
    kind: str
    key: str = ""
    tags: frozenset[str] = frozenset()
    test_params: Mapping[str, Any] = field(default_factory=dict)
    needs: tuple[str, ...] = ()


REGISTRY: dict[str, Entry] = {
    "BootstrapSynthesizer": Entry(
        "synthfast.synthesizers.bootstrap:BootstrapSynthesizer",
        "synthesizer",
        key="bootstrap",
        tags=frozenset({"conditions", "copies", "dependence"}),
    ),
    "GaussianCopulaSynthesizer": Entry(
        "synthfast.synthesizers.gaussian_copula:GaussianCopulaSynthesizer",
        "synthesizer",
        key="gaussian_copula",
        tags=frozenset({"conditions", "dependence"}),
    ),
    "KDESynthesizer": Entry(
        "synthfast.synthesizers.kde:KDESynthesizer",
        "synthesizer",
        key="kde",
        tags=frozenset({"conditions", "dependence"}),
    ),
    "MarginalSynthesizer": Entry(
        "synthfast.synthesizers.marginal:MarginalSynthesizer",
        "synthesizer",
        key="marginal",
        tags=frozenset({"conditions"}),
    ),
    "MixtureSynthesizer": Entry(
        "synthfast.synthesizers.mixture:MixtureSynthesizer",
        "synthesizer",
        key="mixture",
        tags=frozenset({"conditions", "dependence"}),
    ),
    "TreeSynthesizer": Entry(
        "synthfast.synthesizers.tree:TreeSynthesizer",
        "synthesizer",
        key="tree",
        tags=frozenset({"conditions", "dependence"}),
    ),
    "GANSynthesizer": Entry(
        "synthfast.synthesizers.gan:GANSynthesizer",
        "synthesizer",
        key="gan",
        tags=frozenset({"conditions", "dependence", "trained"}),
        test_params={
            "encoding_dim": 8,
            "hidden_layers": (64,),
            "critic_layers": (64, 64),
            "head_width": 16,
            "epochs": 3,
            "learning_rate": 2e-3,
            "pack": 2,
            "n_candidates": 4,
        },
        needs=("torch", "safetensors"),
    ),
    "VAESynthesizer": Entry(
        "synthfast.synthesizers.vae:VAESynthesizer",
        "synthesizer",
        key="vae",
        tags=frozenset({"conditions", "dependence"}),
        test_params={"encoding_dim": 4, "hidden_layers": (32,), "head_width": 32, "epochs": 15, "n_candidates": 4},
        needs=("torch", "safetensors"),
    ),
    "PrivateMarginalSynthesizer": Entry(
        "synthfast.privacy.marginal_synthesizer:PrivateMarginalSynthesizer",
        "private",
        key="private_marginal",
        tags=frozenset({"dependence"}),
        test_params={"epsilon": 50.0, "delta": 1e-6},
    ),
    "RandomOverSampler": Entry(
        "synthfast.oversampling.random_over_sampler:RandomOverSampler", "resampler", key="random_over_sampler"
    ),
    "SMOTE": Entry("synthfast.oversampling.smote:SMOTE", "resampler", key="smote"),
    "BorderlineSMOTE": Entry(
        "synthfast.oversampling.borderline_smote:BorderlineSMOTE", "resampler", key="borderline_smote"
    ),
    "SVMSMOTE": Entry("synthfast.oversampling.svmsmote:SVMSMOTE", "resampler", key="svmsmote"),
    "KMeansSMOTE": Entry(
        "synthfast.oversampling.k_means_smote:KMeansSMOTE",
        "resampler",
        key="k_means_smote",
        test_params={"kmeans_estimator": 3, "cluster_balance_threshold": 0.0},
    ),
    "ADASYN": Entry("synthfast.oversampling.adasyn:ADASYN", "resampler", key="adasyn"),
    "SMOTENC": Entry(
        "synthfast.oversampling.smotenc:SMOTENC",
        "resampler",
        key="smotenc",
        test_params={"categorical_features": [0]},
    ),
    "SMOTEN": Entry("synthfast.oversampling.smoten:SMOTEN", "resampler", key="smoten"),
    "SMOTETomek": Entry("synthfast.oversampling.smote_tomek:SMOTETomek", "resampler", key="smote_tomek"),
    "SMOTEENN": Entry("synthfast.oversampling.smoteenn:SMOTEENN", "resampler", key="smoteenn"),
    "ARIMASynthesizer": Entry(
        "synthfast.timeseries.arima:ARIMASynthesizer",
        "series",
        key="arima",
        tags=frozenset({"univariate"}),
        test_params={"max_p": 2, "max_q": 2, "max_P": 1, "max_Q": 1},
    ),
    "BlockBootstrapSynthesizer": Entry(
        "synthfast.timeseries.block_bootstrap:BlockBootstrapSynthesizer", "series", key="block_bootstrap"
    ),
    "GARCHSynthesizer": Entry(
        "synthfast.timeseries.garch:GARCHSynthesizer", "series", key="garch", tags=frozenset({"univariate"})
    ),
    "IAAFTSynthesizer": Entry(
        "synthfast.timeseries.iaaft:IAAFTSynthesizer", "series", key="iaaft", test_params={"max_iter": 20}
    ),
    "StructuralSynthesizer": Entry("synthfast.timeseries.structural:StructuralSynthesizer", "series", key="structural"),
    "TimeSeriesSynthesizer": Entry(
        "synthfast.timeseries.time_series:TimeSeriesSynthesizer", "series", key="time_series"
    ),
    "WindowMixtureSynthesizer": Entry(
        "synthfast.timeseries.window_mixture:WindowMixtureSynthesizer",
        "series",
        key="window_mixture",
        tags=frozenset({"length", "windows"}),
        test_params={"n_components": 4},
    ),
    "VARSynthesizer": Entry("synthfast.timeseries.var:VARSynthesizer", "series", key="var"),
    "PanelSynthesizer": Entry("synthfast.timeseries.panel:PanelSynthesizer", "panel", key="panel"),
    "RelationalSynthesizer": Entry("synthfast.relational:RelationalSynthesizer", "relational", key="relational"),
    "RelationalSchema": Entry("synthfast.schema.relations:RelationalSchema", "class"),
    "Schema": Entry("synthfast.schema:Schema", "class"),
    "SyntheticDataGenerator": Entry("synthfast.generator:SyntheticDataGenerator", "class"),
    "assess_disclosure_risk": Entry("synthfast.privacy.disclosure:assess_disclosure_risk", "function"),
    "bootstrap_interval": Entry("synthfast.synthesizers.bootstrap:bootstrap_interval", "function"),
    "dtw_barycenter": Entry("synthfast.timeseries._dtw:dtw_barycenter", "function"),
    "dtw_distance": Entry("synthfast.timeseries._dtw:dtw_distance", "function"),
    "dtw_distance_matrix": Entry("synthfast.timeseries._dtw:dtw_distance_matrix", "function"),
    "dtw_nearest": Entry("synthfast.timeseries._dtw:dtw_nearest", "function"),
    "dtw_path": Entry("synthfast.timeseries._dtw:dtw_path", "function"),
    "soft_dtw": Entry("synthfast.timeseries._dtw:soft_dtw", "function"),
    "data_card": Entry("synthfast.reporting.card:data_card", "function"),
    "evaluate": Entry("synthfast.reporting:evaluate", "function"),
    "evaluate_series": Entry("synthfast.reporting.series:evaluate_series", "function"),
    "fit_distributions": Entry("synthfast.marginals:fit_distributions", "function"),
    "sample_from_distributions": Entry("synthfast.marginals:sample_from_distributions", "function"),
    "get_num_threads": Entry("synthfast._core.threads:get_num_threads", "function"),
    "interpolate_latent": Entry("synthfast.synthesizers._deep.interpolation:interpolate_latent", "function"),
    "load": Entry("synthfast.base:load", "function"),
    "list_datasets": Entry("synthfast.datasets:list_datasets", "function"),
    "load_dataset": Entry("synthfast.datasets:load_dataset", "function"),
    "record_distances": Entry("synthfast.neighbors:record_distances", "function"),
    "num_threads": Entry("synthfast._core.threads:num_threads", "class"),
    "set_num_threads": Entry("synthfast._core.threads:set_num_threads", "function"),
    "show_versions": Entry("synthfast._core.versions:show_versions", "function"),
}


def load_object(name: str) -> Any:
    """Import and return the object behind a public name.

    Raises
    ------
    KeyError
        If the name is not in the table.
    """
    module, _, attribute = REGISTRY[name].target.partition(":")
    return getattr(import_module(module), attribute)


def entries(kind: str) -> dict[str, Entry]:
    """All entries of one kind, in the table's order."""
    return {name: entry for name, entry in REGISTRY.items() if entry.kind == kind}


def name_of_key(key: str) -> str | None:
    """The public name of the model with this key, or None."""
    return next((name for name, entry in REGISTRY.items() if key and entry.key == key), None)
