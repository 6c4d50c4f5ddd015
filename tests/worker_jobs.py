"""What tests let workers do, in a module that a spawned process can import."""

import os
import signal

from synthfast._core.threads import get_num_threads


def scaled(shared, item):
    return shared * item, get_num_threads()


def die_once(folder, item):
    """Kills its own process at the third item, the first time."""
    mark = folder / "died"
    if item == 3 and not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return item


def die(shared, item):
    os.kill(os.getpid(), signal.SIGKILL)


def fail(shared, item):
    raise KeyError(item)
