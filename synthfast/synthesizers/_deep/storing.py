"""Weights of networks in a model file: the bytes of a safetensors file as one array."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import nn

from synthfast.exceptions import FileFormatError

__all__ = ["load_weights", "weights_of"]


def weights_of(network: nn.Module) -> NDArray[np.uint8]:
    """All weights of a network, shape (n_bytes,)."""
    from safetensors.torch import save

    tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in network.state_dict().items()}
    return np.frombuffer(save(tensors), dtype=np.uint8)


def load_weights(network: nn.Module, weights: NDArray[Any]) -> None:
    """Put weights into a network of the same shape.

    Raises
    ------
    FileFormatError
        If they are damaged or of another network.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load

    try:
        network.load_state_dict(load(np.ascontiguousarray(weights, dtype=np.uint8).tobytes()))
    except (SafetensorError, RuntimeError) as error:
        raise FileFormatError(f"the network's weights are damaged or of another network ({error}).") from error
