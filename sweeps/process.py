"""The first thing that a command does, before anything else is imported.

Until a command is at work a signal ends it at once, as the system does it: there is nothing to be saved, and a Python
handler would run in the middle of an import. From then on :func:`sweeps.stopping.interrupts` decides.
"""

import ctypes
import io
import os
import signal
import sys

PARENT = "INR_PARENT"
"""The environment variable with the process id of the driver that started this worker on its own machine."""

_PR_SET_PDEATHSIG = 1
"""Of Linux's sys/prctl.h."""


def begin() -> None:
    """Prepare this process: signals, standard streams, and for a local worker the end of its driver."""
    if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    _open_streams()
    parent = os.environ.pop(PARENT, None)
    if parent is not None:
        _end_with(int(parent))


def _open_streams() -> None:
    """Make the three standard streams usable, whatever the caller closed and whatever their encoding lacks."""
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:  # closed: the first file that is opened would become the standard stream
            os.open(os.devnull, os.O_RDWR)
    sys.stdout = sys.stdout or open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")
    buffer, encoding = (sys.stderr.buffer, sys.stderr.encoding) if sys.stderr else (open(os.devnull, "wb"), "utf-8")  # noqa: SIM115
    sys.stderr = Lasting(buffer, encoding=encoding, errors="backslashreplace", line_buffering=True)


class Lasting(io.TextIOWrapper):
    """Standard error that is silent once its reader has gone.

    A terminal may be closed and a pipe broken while a trial runs: what was to be shown is lost, the trial is not.
    """

    def write(self, text: str) -> int:
        """Write the text, or drop it."""
        try:
            return super().write(text)
        except OSError:
            self._silence()
            return len(text)

    def flush(self) -> None:
        """Send what was written, or drop it."""
        try:
            super().flush()
        except OSError:
            self._silence()

    def _silence(self) -> None:
        """Send what is still held back, and all that comes, nowhere."""
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, self.fileno())
        os.close(nowhere)


def _end_with(parent: int) -> None:
    """Have the system send SIGTERM to this process when its parent ends, however it ends (Linux only)."""
    prctl = getattr(ctypes.CDLL(None), "prctl", None)
    if prctl is not None:
        prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:  # it ended before it could be asked for
        os.kill(os.getpid(), signal.SIGTERM)
