"""The set-up of a process, which runs before the heavy imports.

Until the command starts its work, the system's default action ends it on a signal: there is nothing to save, and a
Python handler would run in the middle of an import. :func:`sweeps.trial.stopping.interrupts` then installs handlers.
"""

import ctypes
import io
import os
import signal
import sys

PARENT = "INR_PARENT"
"""The environment variable with the process id of the driver that started this worker on its own machine."""

_PR_SET_PDEATHSIG = 1
"""A constant of Linux's sys/prctl.h."""


def begin() -> None:
    """Set up signals and standard streams; a local worker is also ended with its driver."""
    if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    _open_streams()
    parent = os.environ.pop(PARENT, None)
    if parent is not None:
        _end_with(int(parent))


def _open_streams() -> None:
    """Reopen standard streams that the caller closed, and replace characters that their encoding lacks."""
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
    """A text stream for standard error that drops its output once its reader has gone.

    If a terminal is closed or a pipe breaks while a trial runs, messages are lost and the trial goes on.
    """

    def write(self, text: str) -> int:
        """Write the text and return the number of characters; drop the text if the stream is broken."""
        try:
            return super().write(text)
        except OSError:
            self._silence()
            return len(text)

    def flush(self) -> None:
        """Flush the buffer; drop it if the stream is broken."""
        try:
            super().flush()
        except OSError:
            self._silence()

    def _silence(self) -> None:
        """Redirect the buffer and all later output to os.devnull."""
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, self.fileno())
        os.close(nowhere)


def _end_with(parent: int) -> None:
    """Have the system send SIGTERM to this process when its parent ends, however it ends (Linux only)."""
    prctl = getattr(ctypes.CDLL(None), "prctl", None)
    if prctl is not None:
        prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:  # the parent ended before the call
        os.kill(os.getpid(), signal.SIGTERM)
