"""A headless Chromium, spoken to over its debugging pipe: no driver, no socket, no package."""

import json
import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any, Self

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


class Page:
    """One tab, and everything that it complained about or asked the network for."""

    def __init__(self, url: str, width: int = 1280, height: int = 1000) -> None:
        assert CHROMIUM
        self.url = url
        self.complaints: list[str] = []
        self.requests: list[str] = []
        self._profile = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        self._count, self._session, self._pending = 0, "", b""
        theirs_in, self._out = os.pipe()
        self._in, theirs_out = os.pipe()
        flags = ["--headless", "--no-sandbox", "--disable-gpu", "--remote-debugging-pipe", "--hide-scrollbars"]
        flags += [f"--window-size={width},{height}", f"--user-data-dir={self._profile.name}", "--no-first-run"]
        # Chromium reads commands on descriptor 3 and answers on 4; the shell puts the pipes there
        shell = f'exec "$0" "$@" 3<&{theirs_in} 4>&{theirs_out}'
        self._process = subprocess.Popen(
            ["bash", "-c", shell, CHROMIUM, *flags, "about:blank"],
            pass_fds=(theirs_in, theirs_out),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(theirs_in)
        os.close(theirs_out)

    def __enter__(self) -> Self:
        target = self._send("Target.createTarget", url="about:blank")["targetId"]
        self._session = self._send("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self._send(f"{domain}.enable")
        self._send("Page.navigate", url=self.url)
        self.wait("document.readyState === 'complete'")
        return self

    def __exit__(self, *error: object) -> None:
        self._process.terminate()
        self._process.wait(20)
        os.close(self._in)
        os.close(self._out)
        self._profile.cleanup()

    def run(self, script: str) -> Any:
        """The value of an expression."""
        answer = self._send("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def wait(self, condition: str, seconds: float = 30) -> None:
        end = time.monotonic() + seconds
        while not self.run(condition):
            assert time.monotonic() < end, condition
            time.sleep(0.02)

    def press(self, key: str, text: str = "") -> None:
        """A key, down and up."""
        code = {"Enter": 13, "Tab": 9, " ": 32}[key]
        shared = {"key": key, "code": key, "windowsVirtualKeyCode": code}
        self._send("Input.dispatchKeyEvent", type="keyDown", text=text, **shared)
        self._send("Input.dispatchKeyEvent", type="keyUp", **shared)

    def point(self, x: float, y: float, click: bool = False) -> None:
        """Move the pointer there, and press it if it is to ``click``."""
        self._mouse("mouseMoved", x, y)
        for event in ("mousePressed", "mouseReleased") if click else ():
            self._mouse(event, x, y, button="left", clickCount=1)

    def turn(self, x: float, y: float, by: float, control: bool) -> None:
        """Turn the wheel there, with or without the control key."""
        self._mouse("mouseWheel", x, y, deltaX=0, deltaY=by, modifiers=2 if control else 0)

    def media(self, kind: str = "", **features: str) -> None:
        """Show the page on paper (``print``), or to somebody who prefers something."""
        pairs = [{"name": name.replace("_", "-"), "value": value} for name, value in features.items()]
        self._send("Emulation.setEmulatedMedia", media=kind, features=pairs)

    def _mouse(self, event: str, x: float, y: float, **more: Any) -> None:
        self._send("Input.dispatchMouseEvent", type=event, x=x, y=y, **more)

    def _send(self, method: str, **parameters: Any) -> dict[str, Any]:
        self._count += 1
        message = {"id": self._count, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._out, json.dumps(message).encode() + b"\0")
        while True:
            received = self._receive()
            if received.get("id") == self._count:
                assert "error" not in received, received
                return dict(received["result"])
            self._event(received.get("method", ""), received.get("params", {}))

    def _receive(self) -> dict[str, Any]:
        while b"\0" not in self._pending:
            some = os.read(self._in, 1 << 20)
            assert some, "Chromium went away"
            self._pending += some
        line, self._pending = self._pending.split(b"\0", 1)
        return dict(json.loads(line))

    def _event(self, method: str, parameters: dict[str, Any]) -> None:
        if method == "Network.requestWillBeSent":
            self.requests.append(parameters["request"]["url"])
        elif method in ("Runtime.exceptionThrown", "Log.entryAdded"):
            self.complaints.append(json.dumps(parameters))
        elif method == "Runtime.consoleAPICalled":
            self.complaints.append(json.dumps(parameters["args"]))


def address(path: Path) -> str:
    return path.absolute().as_uri()
