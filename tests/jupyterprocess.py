"""A Jupyter server of the test session's own: JupyterLab and Notebook 7 on a free port of 127.0.0.1.

It shares nothing with the user's Jupyter: configuration, data, settings, workspaces, notebooks and caches
lie in one temporary folder. Its one kernel is this very Python, and imports the `lab` that is being tested.
"""

import importlib.util
import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil

ROOT = Path(__file__).parent.parent
KERNEL, TITLE = "pawlab", "Pawlab tests"
START = 60  # seconds until the server answers, and until a kernel is idle
SETTINGS = {
    # No news and no look for a newer version: a test asks nothing of the network.
    "@jupyterlab/apputils-extension/notification": {
        "fetchNews": "false",
        "checkForUpdates": False,
        "doNotDisturbMode": True,
    },
    "@jupyterlab/docmanager-extension/plugin": {"autosave": False},
    # All cells are in the page, whether in sight or not.
    "@jupyterlab/notebook-extension/tracker": {"windowingMode": "none"},
}
THEMES = {"light": "JupyterLab Light", "dark": "JupyterLab Dark"}


def missing() -> str | None:
    """Why there is no Jupyter to test with; None when there is one."""
    names = ("jupyterlab", "notebook", "ipykernel")
    lacking = [name for name in names if importlib.util.find_spec(name) is None]
    return f"not installed: {', '.join(lacking)}. Run: pip install '.[test]'" if lacking else None


class Server:
    """A running server. url: where it answers. files: the folder that it serves.

    folder: an empty folder for all that it writes. home: for what its kernels draw and keep, if elsewhere.
    """

    def __init__(self, folder: Path, home: Path | None = None):
        self.folder, self.home = folder, home or folder / "home"
        self.ending = ThreadPoolExecutor()  # of kernels: it takes a second, for which no test needs to wait
        self.files = folder / "files"
        self.runtime = folder / "runtime"
        self.settings = folder / "settings"
        for path in (self.files, self.runtime, self.settings, folder / "config"):
            path.mkdir()
        self._install_kernel()
        self._write_settings()
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        self._configure(port)
        self.log = folder / "server.log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "jupyter_server"],
                cwd=folder,
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        self._wait()

    def request(self, path: str, method: str = "GET", body: dict | None = None):
        """The JSON answer of the server's own interface, None where it has nothing to say."""
        data = None if body is None else json.dumps(body).encode()
        with urllib.request.urlopen(
            urllib.request.Request(f"{self.url}/api/{path}", data, method=method), timeout=START
        ) as answer:
            return json.loads(answer.read() or "null")

    def kernel_of(self, name: str) -> str | None:
        """The id of the kernel behind the notebook `name`; None where it has none yet."""
        sessions = [session for session in self.request("sessions") if session["path"] == name]
        return sessions[0]["kernel"]["id"] if sessions else None

    def shut_down_kernel(self, name: str) -> None:
        """End the kernel behind the notebook `name`, if it has one; does not wait for it."""
        for session in self.request("sessions"):
            if session["path"] == name:
                self.ending.submit(self.request, f"sessions/{session['id']}", "DELETE")

    def write_notebook(self, name: str, cells: list[str]) -> None:
        """Write a notebook of code cells, given the source of each."""
        blank = {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None}
        made = [{**blank, "id": f"cell-{number}", "source": text} for number, text in enumerate(cells)]
        self._write_notebook(name, {"cells": made, "nbformat": 4, "nbformat_minor": 5})

    def copy_notebook(self, name: str, path: Path) -> None:
        """Write a copy of a notebook file, with its texts and without its outputs."""
        notebook = json.loads(path.read_text(encoding="utf-8"))
        for cell in notebook["cells"]:
            if cell["cell_type"] == "code":
                cell |= {"outputs": [], "execution_count": None}
        self._write_notebook(name, notebook)

    def _write_notebook(self, name: str, notebook: dict) -> None:
        kernel = {"name": KERNEL, "display_name": TITLE, "language": "python"}
        notebook["metadata"] = {"kernelspec": kernel}
        (self.files / name).write_text(json.dumps(notebook), encoding="utf-8")

    def use_theme(self, theme: str) -> None:
        """ "light" or "dark", for every page that is opened from now on."""
        self._write_setting("@jupyterlab/apputils-extension/themes", {"theme": THEMES[theme]})

    def stop(self) -> None:
        """End the server and whatever it has started."""
        self.ending.shutdown()
        server = psutil.Process(self.process.pid)
        family = [*server.children(recursive=True), server]
        self.process.terminate()
        _, alive = psutil.wait_procs(family, timeout=10)
        for process in alive:
            process.kill()
        self.process.wait()

    def _install_kernel(self) -> None:
        spec = {
            "argv": [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"],
            "display_name": TITLE,
            "language": "python",
            "env": {"PYTHONPATH": str(ROOT)},
        }
        folder = self.folder / "data" / "kernels" / KERNEL
        folder.mkdir(parents=True)
        (folder / "kernel.json").write_text(json.dumps(spec), encoding="utf-8")

    def _write_settings(self) -> None:
        for plugin, values in SETTINGS.items():
            self._write_setting(plugin, values)
        self.use_theme("light")

    def _write_setting(self, plugin: str, values: dict) -> None:
        path = self.settings / f"{plugin}.jupyterlab-settings"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(values), encoding="utf-8")

    def _configure(self, port: int) -> None:
        options = {
            "ServerApp": {
                "ip": "127.0.0.1",
                "port": port,
                "port_retries": 0,
                "open_browser": False,
                "allow_root": True,
                "disable_check_xsrf": True,  # for requests that come from the tests themselves
                "root_dir": str(self.files),
            },
            "IdentityProvider": {"token": ""},
            "LabApp": {"news_url": None},
            "MultiKernelManager": {"default_kernel_name": KERNEL},
            "KernelSpecManager": {"ensure_native_kernel": False, "allowed_kernelspecs": [KERNEL]},
        }
        path = self.folder / "config" / "jupyter_server_config.json"
        path.write_text(json.dumps(options), encoding="utf-8")

    def _environment(self) -> dict:
        folders = {
            "JUPYTER_CONFIG_DIR": "config",
            "JUPYTER_DATA_DIR": "data",
            "JUPYTER_RUNTIME_DIR": "runtime",
            "JUPYTERLAB_SETTINGS_DIR": "settings",
            "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
            "IPYTHONDIR": "ipython",
        }
        own = {name: str(self.folder / folder) for name, folder in folders.items()}
        return {**os.environ, **own, "PAWLAB_HOME": str(self.home)}

    def _wait(self) -> None:
        deadline = time.monotonic() + START
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                self.request("status")
                return
            except urllib.error.URLError:
                time.sleep(0.05)
        self.process.kill()
        log = self.log.read_text(encoding="utf-8", errors="replace")
        raise RuntimeError(
            f"jupyter: the server did not answer within {START} s. Its log ends:\n{log[-3000:]}"
        )
