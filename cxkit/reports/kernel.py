"""The kernel of a report: this very interpreter, in a room of its own.

Whatever kernels, settings and start-up files a machine has, a report runs on the Python that runs `cxkit`, with UTF-8,
UTC and a fixed hash seed, in an empty folder that is gone afterwards. It needs no HOME, so it runs under cron.
"""

from __future__ import annotations

import os
import shutil
import signal
import site
import sys
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager

from cxkit import sheets
from cxkit.errors import UsageError

# Set by people for their own sessions; any of them could change what a report shows.
_PERSONAL = ("PYTHONSTARTUP", "PYTHONINSPECT", "MATPLOTLIBRC", "MPLBACKEND", "IPYTHONDIR", "JUPYTER_CONFIG_PATH")

#: Threads of the libraries of linear algebra, one each unless set: the matrices of a report are small, so further threads
#: mostly wait in a busy loop (a third of the CPU of a large journey map), and sums would depend on their number.
THREADS = ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS")


@dataclass
class Room:
    """A private temporary folder: the connection, the kernel's own settings, its working folder and what it mutters."""

    folder: Path

    @classmethod
    def make(cls) -> Room:
        """A new room, which its owner alone can enter."""
        try:
            folder = Path(tempfile.mkdtemp(prefix="cxkit-")).resolve()
            (folder / "work").mkdir()
            (folder / "tmp").mkdir()
        except OSError as error:
            raise UsageError(f"No temporary folder can be made ({error.strerror}). Set TMPDIR to another.") from None
        return cls(folder)

    @property
    def work(self) -> Path:
        """Where the notebook's code stands; empty at the start."""
        return self.folder / "work"

    @property
    def log(self) -> Path:
        """What the kernel's process wrote outside any cell: the last words of a crash."""
        return self.folder / "kernel.log"

    def last_words(self, limit: int = 2000) -> str:
        """The end of the kernel's log."""
        with suppress(OSError):
            return self.log.read_text(errors="replace")[-limit:].strip()
        return ""

    def __enter__(self) -> Room:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)


def environment(
    room: Room, cache: Path, base: Mapping[str, str] | None = None, *, tables: bool = False
) -> dict[str, str]:
    """Environment variables of the kernel.

    Parameters
    ----------
    room : Room
    cache : pathlib.Path
        Folder where matplotlib keeps its list of fonts from one report to the next.
    base : mapping, optional
        What to start from; by default this process's own.
    tables : bool
        Whether the page's blocks are asked to hand over their tables.

    Returns
    -------
    dict of str to str
    """
    env = {key: value for key, value in (os.environ if base is None else base).items() if key not in _PERSONAL}
    for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR"):
        env[name] = str(room.folder / name.lower())
    env.setdefault("HOME", str(room.folder))
    for name in THREADS:
        env.setdefault(name, "1")
    env[sheets.ASKED] = "1" if tables else ""
    env |= {
        "MPLCONFIGDIR": str(cache),
        # Not "agg": with it a figure that is merely shown would vanish without a word.
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "TMPDIR": str(room.folder / "tmp"),  # what a notebook leaves there goes with the room
        "PYTHONUTF8": "1",
        "PYTHONHASHSEED": "0",
        "LC_ALL": "C.UTF-8",
        "LANG": "C.UTF-8",
        "TZ": "UTC",
    }
    home = Path(__file__).resolve().parents[2]
    if str(home) not in {*site.getsitepackages(), site.getusersitepackages()}:  # a checkout: the notebook takes it too
        env["PYTHONPATH"] = os.pathsep.join(filter(None, [str(home), env.get("PYTHONPATH", "")]))
    return env


class OwnKernel(AsyncKernelManager):
    """Starts this interpreter as kernel, whatever kernels are registered, over a socket file instead of open ports."""

    def __init__(self, room: Room, **traits: Any) -> None:
        connection = room.folder / "k.json"
        short = len(str(connection)) + len("-ipc-5") < 100  # a socket's path has room for about that many characters
        super().__init__(
            connection_file=str(connection),
            transport="ipc" if os.name == "posix" and short else "tcp",
            **traits,
        )

    @property
    def kernel_spec(self) -> KernelSpec:
        """Our own, not one looked up by name."""
        argv = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        return KernelSpec(argv=argv, display_name="Python 3", language="python")

    @property
    def process(self) -> Any:
        """The kernel's process while it runs."""
        return getattr(self.provisioner, "process", None)

    def kill_now(self) -> None:
        """End the kernel and its children at once; nothing happens when it is gone."""
        process = self.process
        if process is None or process.poll() is not None:
            return
        with suppress(OSError):
            if hasattr(os, "killpg"):
                os.killpg(process.pid, signal.SIGKILL)
            else:
                process.kill()
        with suppress(Exception):
            process.wait(5)
