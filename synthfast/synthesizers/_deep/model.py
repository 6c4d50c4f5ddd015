"""What the deep synthesizers share: columns as states, a decoder that is drawn from, and the model's file."""

from abc import abstractmethod
from collections.abc import Hashable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from synthfast._core.random import Stream
from synthfast._core.validation import check_integer
from synthfast.base import BaseSynthesizer
from synthfast.base.saved import with_prefix, without_prefix
from synthfast.encoding import EncodedColumn, EncodedCondition, TableCodec
from synthfast.synthesizers._deep.backend import pick_device, require_torch, single_threaded
from synthfast.synthesizers._deep.states import StateTable
from synthfast.synthesizers._mixture.rows import shuffle_rows

if TYPE_CHECKING:
    from torch import nn

    from synthfast.synthesizers._deep.gan_network import AskedLatents
    from synthfast.synthesizers._deep.generation import Generation
    from synthfast.synthesizers._deep.latents import LatentLaw

    Law = LatentLaw | AskedLatents

__all__ = ["DeepSynthesizer"]

Columns = dict[Hashable, NDArray[Any]]
Codes = NDArray[np.int64]


class DeepSynthesizer(BaseSynthesizer):
    """Base of the synthesizers that draw latents and decode them by a network.

    A subclass writes ``_check``, ``_train``, ``_build``, ``_restore_law`` and ``_decoder``.
    """

    supports_conditions: ClassVar[bool] = True

    n_bins: int
    n_candidates: int
    min_level_count: int
    device: str | None
    history_: dict[str, list[float]]
    _generation: "Generation"
    _network: "nn.Module"
    _facts: dict[str, Any]  # what else the file keeps: the networks' shape and figures of the fit

    # -- hooks ---------------------------------------------------------------------------------------------------------

    @abstractmethod
    def _check(self) -> Any:
        """Constructor arguments, checked."""

    @abstractmethod
    def _train(
        self, table: StateTable, rows: Codes, settings: Any, stream: Stream
    ) -> tuple["nn.Module", "Law", dict[str, Any]]:
        """Network, law of the latents, and facts with a ``"history"`` and the networks' ``"shape"``."""

    @abstractmethod
    def _build(self, table: StateTable, shape: dict[str, Any]) -> "nn.Module":
        """A network of that shape, its weights not set."""

    @abstractmethod
    def _restore_law(self, arrays: dict[str, NDArray[Any]]) -> "Law":
        """The law of the latents, of its arrays."""

    @abstractmethod
    def _decoder(self, network: "nn.Module") -> Any:
        """The part of the network that is drawn from."""

    # -- fit and draws -------------------------------------------------------------------------------------------------

    def _fit(self, columns: dict[Hashable, EncodedColumn], codec: TableCodec, stream: Stream) -> None:
        require_torch(type(self).__name__)
        settings = self._check()
        n_bins = check_integer("n_bins", self.n_bins, minimum=2)
        min_count = check_integer("min_level_count", self.min_level_count, minimum=1)
        check_integer("n_candidates", self.n_candidates, minimum=1)
        table, states = StateTable.fit(columns, codec, n_bins=n_bins, min_count=min_count)
        order = shuffle_rows(np.empty((0, len(states))), states.astype(np.int32), stream.child("rows").key[0])
        with single_threaded():
            network, law, facts = self._train(table, states[order], settings, stream)
            self._take(table, network, law, facts)
            self._generation.calibrate(stream.child("calibration"))

    def _take(self, table: StateTable, network: "nn.Module", law: "Law", facts: dict[str, Any]) -> None:
        from synthfast.synthesizers._deep.generation import Generation

        self._network, self._facts, self.history_ = network.eval().requires_grad_(False), facts, facts["history"]
        self._generation = Generation(table, self._decoder(network), law)

    def _sample_block(self, n_rows: int, stream: Stream, conditions: Mapping[Hashable, EncodedCondition]) -> Columns:
        return self._generation.draw(n_rows, stream, conditions, self.n_candidates)

    def _complete_block(self, known: Columns, n_rows: int, stream: Stream) -> Columns:
        return self._generation.complete(known, n_rows, stream, self.n_candidates)

    # -- state ---------------------------------------------------------------------------------------------------------

    def _to_state(self) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
        from synthfast.synthesizers._deep.storing import weights_of

        table, arrays = self._generation.table.to_state()
        arrays = with_prefix(arrays, "table/") | with_prefix(self._generation.law.to_state(), "latents/")
        return {"table": table, "facts": self._facts}, arrays | {"weights": weights_of(self._network)}

    def _from_state(self, document: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> None:
        require_torch(type(self).__name__)
        from synthfast.synthesizers._deep.storing import load_weights

        table = StateTable.from_state(document["table"], without_prefix(arrays, "table/"), self._codec.modelled)
        network = self._build(table, document["facts"]["shape"])
        load_weights(network, arrays["weights"])
        law = self._restore_law(without_prefix(arrays, "latents/"))
        self._take(table, network.to(pick_device(self.device)), law, document["facts"])
