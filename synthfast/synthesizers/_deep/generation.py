"""Tables drawn from a decoder: freely, under conditions, and around known columns."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from synthfast._core.random import STRATUM_ROWS, Stream
from synthfast.encoding import EncodedCondition
from synthfast.encoding.missing import missing_of
from synthfast.exceptions import ConditionError
from synthfast.synthesizers._deep.calibration import calibrate
from synthfast.synthesizers._deep.drawing import by_strata, draw_states, most_likely_states, uniforms, within
from synthfast.synthesizers._deep.gan_network import AskedLatents, GANGenerator
from synthfast.synthesizers._deep.latents import LatentLaw
from synthfast.synthesizers._deep.networks import Decoder
from synthfast.synthesizers._deep.states import MIDDLE, StateTable

__all__ = ["Generation"]

Columns = dict[Hashable, NDArray[Any]]
Codes = NDArray[np.int64]

CALIBRATION_ROWS = 16 * STRATUM_ROWS


@dataclass(frozen=True)
class Generation:
    """All that drawing takes.

    Parameters
    ----------
    table : StateTable
    decoder : Decoder or GANGenerator
    law : LatentLaw or AskedLatents
        Where latents are drawn from.
    """

    table: StateTable
    decoder: Decoder | GANGenerator
    law: LatentLaw | AskedLatents

    @property
    def _device(self) -> torch.device:
        return self.decoder.heads.bias.device

    def calibrate(self, stream: Stream) -> None:
        """Shift the heads' intercepts so that columns are distributed as in the training rows."""
        if not self.table.columns:
            return
        z = self.law.draw(CALIBRATION_ROWS, stream)
        u = torch.from_numpy(uniforms(stream, len(self.table.sizes), CALIBRATION_ROWS)).to(self._device)
        with torch.no_grad():
            h = self.decoder(torch.from_numpy(z).to(self._device))
        calibrate(self.decoder.heads, self.table, h, u)

    def draw(
        self, n_rows: int, stream: Stream, conditions: Mapping[Hashable, EncodedCondition], n_candidates: int
    ) -> Columns:
        """Encoded columns of the first rows of a block; under conditions, each row one of several candidates."""
        if not self.table.columns:
            return {}
        shares = {
            j: torch.tensor(share, dtype=torch.float32, device=self._device)
            for j, share in self.table.shares(conditions).items()
        }
        if shares:
            states = self._candidates(n_rows, stream, n_candidates, shares, None)
        else:
            states = self._decode(n_rows, stream, None, None)[0]
        u = within(stream, len(states), states.shape[1])[:, :n_rows]
        columns = self.table.decode(states[:, :n_rows], u)
        for j in shares:
            own = self.table.columns[j]
            condition = conditions[own.name]
            columns[own.name] = own.values_within(states[j, :n_rows], u[j], condition, own.allowed(condition)[1])
        return columns

    def complete(self, known: Columns, n_rows: int, stream: Stream, n_candidates: int) -> Columns:
        """Encoded columns of rows of which some columns are known."""
        self._check_missing(known)
        n_whole = -(-n_rows // STRATUM_ROWS) * STRATUM_ROWS
        given = np.full((n_whole, len(self.table.columns)), -1, dtype=np.int64)
        given[:n_rows] = self.table.encode(known, n_rows)
        told = torch.from_numpy(given).to(self._device)
        states = self._candidates(n_rows, stream, n_candidates, {}, told)[:, :n_rows]
        return self.table.decode(states, within(stream, len(states), n_rows)) | known

    def decode_latents(self, z: NDArray[np.float32], stream: Stream | None) -> Columns:
        """Encoded columns of latents: drawn with one stream's noise for all rows, or the likeliest, without noise."""
        n_rows, p = len(z), len(self.table.columns)
        n_whole = -(-n_rows // STRATUM_ROWS) * STRATUM_ROWS
        padded = np.zeros((n_whole, z.shape[1]), dtype=np.float32)
        padded[:n_rows] = z
        latents = torch.from_numpy(padded).to(self._device)
        out = np.empty((p, n_whole), dtype=np.int64)
        same = None if stream is None else torch.from_numpy(uniforms(stream, p, 1)).to(self._device)

        def one(rows: slice) -> None:
            h = self.decoder(latents[rows])
            if same is None:
                states = most_likely_states(self.decoder.heads, h)
            else:
                states = draw_states(self.decoder.heads, h, same.expand(p, STRATUM_ROWS))[0]
            out[:, rows] = states.cpu().numpy()

        by_strata(n_rows, one)
        u = np.full((p, n_rows), MIDDLE) if stream is None else np.repeat(within(stream, p, 1), n_rows, axis=1)
        return self.table.decode(out[:, :n_rows], u)

    def _decode(
        self, n_rows: int, stream: Stream, shares: Mapping[int, Tensor] | None, known: Tensor | None
    ) -> tuple[Codes, NDArray[np.float64]]:
        """States of whole strata, shape (n_columns, n_whole), and the log weights of their rows, (n_whole,)."""
        n_whole, p = -(-n_rows // STRATUM_ROWS) * STRATUM_ROWS, len(self.table.columns)
        bounds = self.decoder.heads.bounds
        allowed = {bounds[j][0]: share.cpu().numpy().astype(np.float64) for j, share in (shares or {}).items()}
        z = torch.from_numpy(self.law.draw(n_whole, stream.child("latent"), allowed)).to(self._device)
        u = torch.from_numpy(uniforms(stream, p, n_whole)).to(self._device)
        states, weights = np.empty((p, n_whole), dtype=np.int64), np.empty(n_whole)

        def one(rows: slice) -> None:
            own = None if known is None else known[rows]
            found, weight = draw_states(self.decoder.heads, self.decoder(z[rows]), u[:, rows], shares, own)
            states[:, rows], weights[rows] = found.cpu().numpy(), weight.cpu().numpy()

        by_strata(n_rows, one)
        return states, weights

    def _candidates(
        self, n_rows: int, stream: Stream, n_candidates: int, shares: Mapping[int, Tensor], known: Tensor | None
    ) -> Codes:
        """States of rows, each one of several candidates, picked by their weights as they come."""
        kept, total = self._decode(n_rows, stream.child("candidate", 0), shares, known)
        for c in range(1, n_candidates):
            part = stream.child("candidate", c)
            states, weights = self._decode(n_rows, part, shares, known)
            total = np.logaddexp(total, weights)
            taken = np.log(part.child("keep").uniform(len(weights))) < weights - total
            kept[:, taken] = states[:, taken]
        return kept

    def _check_missing(self, known: Columns) -> None:
        for column in self.table.columns:
            if column.name in known and not column.missing and missing_of(known[column.name]).any():
                row = int(np.argmax(missing_of(known[column.name])))
                raise ConditionError(
                    f"sample_remaining: column {column.name!r} is missing in row {row}, but had no missing values in "
                    "the data that was fitted. Leave the column out where it is unknown."
                )
