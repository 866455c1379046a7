"""cluster.notify: a command or a URL hears what became of an experiment."""

import io
import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from rich.console import Console

from kage.launch.notify import notify
from kage.launch.worker import Report
from kage.runs.run import Run


@pytest.fixture
def experiment(tmp_path):
    """Two runs that are done and one that failed."""
    for seed, state in enumerate(("done", "done", "failed")):
        with Run(tmp_path / "mine" / "runs" / "a-0" / f"seed={seed}") as run:
            run.status(state, 5)
    return tmp_path / "mine"


def test_a_command_reads_the_states(experiment, tmp_path):
    Report(experiment, tables=False, target=f"cat > {tmp_path}/heard; echo $KAGE_MESSAGE > {tmp_path}/words")()
    heard = json.loads((tmp_path / "heard").read_text())
    assert heard == {"experiments": [str(experiment)], "states": {"done": 2, "failed": 1}}
    assert (tmp_path / "words").read_text() == f"{experiment}: 2 done, 1 failed\n"


def test_a_url_gets_the_states(experiment):
    heard = []

    class Listener(BaseHTTPRequestHandler):
        def do_POST(self):
            heard.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_):
            pass

    with HTTPServer(("127.0.0.1", 0), Listener) as server:
        threading.Thread(target=server.handle_request, daemon=True).start()
        notify(f"http://127.0.0.1:{server.server_port}/ended", [experiment], Console(file=io.StringIO()))
    assert heard == [{"experiments": [str(experiment)], "states": {"done": 2, "failed": 1}}]


@pytest.mark.parametrize("target, words", [("exit 3", "exit status 3"), ("http://127.0.0.1:9/", "refused"), ("http://[", "Invalid IPv6")])
def test_what_fails_is_a_warning(experiment, target, words):
    console = Console(file=io.StringIO(), width=200)
    notify(target, [experiment], console)
    assert f"warning cluster.notify={target} failed" in console.file.getvalue() and words in console.file.getvalue()
    notify(None, [experiment], console)
