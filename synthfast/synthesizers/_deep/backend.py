"""torch, imported where it is first used, and held to one thread wherever results must not depend on their number.

A matrix product may add up in another order on another number of threads. So every step of training and every decoded
piece runs on one thread of torch's, and threads of our own share out the pieces, whose cut never depends on them.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from threading import Lock
from types import ModuleType
from typing import Any

__all__ = ["pick_device", "require_torch", "single_threaded"]

_lock = Lock()
_inside = 0  # contexts that are open, in all threads
_before = 1  # torch's threads before the first of them


def require_torch(owner: str) -> ModuleType:
    """The torch module.

    Raises
    ------
    ImportError
        If torch or safetensors is not installed; the message gives the command that does it.
    """
    missing = [name for name in ("torch", "safetensors") if find_spec(name) is None]
    if missing:
        raise ImportError(
            f"{owner} needs {' and '.join(missing)}, which synthfast does not install by itself. "
            "Install the extra: pip install 'synthfast[deep]'"
        )
    import torch

    return torch


@contextmanager
def single_threaded() -> Iterator[None]:
    """Context in which torch works on one thread; it nests, and counts over all threads that are in it."""
    import torch

    global _inside, _before
    with _lock:
        if not _inside:
            _before = torch.get_num_threads()
        _inside += 1
        torch.set_num_threads(1)
    try:
        yield
    finally:
        with _lock:
            _inside -= 1
            if not _inside:
                torch.set_num_threads(_before)


def pick_device(device: str | None) -> Any:
    """The torch device of a name; None takes CUDA or Apple's MPS where there is one, else the processor.

    Raises
    ------
    ValueError
        If torch knows no such device, or there is none here.
    """
    import torch

    if device is None:
        if torch.cuda.is_available():
            return torch.device("cuda")
        return torch.device("mps" if torch.backends.mps.is_available() else "cpu")
    try:
        found = torch.device(device)
        torch.empty(1, device=found)
    except (RuntimeError, AssertionError, TypeError) as error:
        raise ValueError(f"device: expected None, 'cpu', 'cuda' or 'mps' as there is here, got {device!r}.") from error
    return found
