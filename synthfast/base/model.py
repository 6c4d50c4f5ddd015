"""What every fitted model shares, whatever it draws: its file, and the streams of its draws."""

from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any, Self

from numpy.typing import NDArray

from synthfast._core.params import Parametrised
from synthfast._core.random import SeedLike, Stream
from synthfast.base.parameters import plain
from synthfast.base.saved import load, registry_key
from synthfast.exceptions import FileFormatError, NotFittedError
from synthfast.io.model_file import MAX_BYTES, content_id, write_model

__all__ = ["Model"]


class Model(Parametrised, ABC):
    """A model with a constructor's ``random_state``, that is fitted, drawn from, saved and loaded."""

    random_state: SeedLike
    _n_draws: int  # draws without a seed of their own, which take the constructor's next stream

    @abstractmethod
    def __sklearn_is_fitted__(self) -> bool:
        """Whether there is something to draw from."""

    @abstractmethod
    def _to_document(self) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
        """Everything that was learned, as a JSON-able document and arrays."""

    @abstractmethod
    def _from_document(self, document: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> None:
        """Take up what ``_to_document`` gave."""

    @property
    def id_(self) -> str:
        """SHA-256 of the model's content as files hold it, 64 hexadecimal digits: the same for the same model.

        It depends on parameters and on what was learned, on nothing else; saving and loading keep it. Cost O(size of
        the model), each time that it is asked for.

        Raises
        ------
        NotFittedError
            Before ``fit``.
        """
        return content_id(*self._content("id_"))

    def save(self, path: str | Path) -> None:
        """Write the model as one file: a zip of JSON and npz, no pickle; the same model gives the same bytes.

        Parameters
        ----------
        path : str or Path
            Usually ending in ``.synth``. Written beside and renamed, so nothing half-written is ever seen.

        Raises
        ------
        NotFittedError
            Before ``fit``.
        OSError
            If the file cannot be written.
        """
        write_model(path, *self._content("save"))

    @classmethod
    def load(cls, path: str | Path, *, expected_id: str | None = None, max_bytes: int = MAX_BYTES) -> Self:
        """Read a model that `save` wrote.

        Parameters
        ----------
        path : str or Path
        expected_id : str, optional
            The ``id_`` that the model must have.
        max_bytes : int, default 2**33
            Largest file that is read.

        Returns
        -------
        The fitted synthesizer

        Raises
        ------
        FileFormatError
            If the file is damaged, too large, from a newer version, or holds another model or kind of model.
        """
        model = load(path, expected_id=expected_id, max_bytes=max_bytes)
        if not isinstance(model, cls):
            raise FileFormatError(
                f"{path}: expected a {cls.__name__}, found a {type(model).__name__}; use synthfast.load."
            )
        return model

    def _content(self, method: str) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
        """The document and the arrays of the model's file."""
        self._check_fitted(method)
        learned, arrays = self._to_document()
        params = {name: plain(value) for name, value in self._params_to_save().items()}
        return {"model": registry_key(type(self)), "params": params, **learned}, arrays

    def _params_to_save(self) -> dict[str, Any]:
        """Constructor arguments as the file keeps them."""
        return self.get_params()

    def _draw_stream(self, random_state: SeedLike) -> Stream:
        if random_state is not None:
            return Stream.from_seed(random_state).child("sample")
        if self.random_state is None:
            return Stream.from_seed(None).child("sample")
        self._n_draws += 1
        return Stream.from_seed(self.random_state).child("draw", self._n_draws)

    def _check_fitted(self, method: str) -> None:
        if not self.__sklearn_is_fitted__():
            raise NotFittedError(f"{type(self).__name__}.{method}: not fitted yet; call fit(data) first.")
