"""As much of a Weights & Biases server as one run needs: it keeps the rows that it is sent, by run id."""

import gzip
import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

ME = {"id": "1", "name": "kage", "entity": {"id": "1", "name": "me"}}


@contextmanager
def server():
    """Its address, and the rows of each run; at the end it is gone."""
    rows: dict[str, list[str]] = {}

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            body = gzip.decompress(body) if self.headers["Content-Encoding"] == "gzip" else body
            reply = json.dumps(self.answer(body)).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(reply)))
            self.end_headers()
            self.wfile.write(reply)

        def answer(self, body):
            if self.path.endswith("/file_stream"):
                name = self.path.split("/")[-2]
                sent = json.loads(body).get("files", {}).get("wandb-history.jsonl", {"offset": 0, "content": []})
                rows[name][sent["offset"] : sent["offset"] + len(sent["content"])] = sent["content"]
            if self.path != "/graphql":
                return {}
            query = json.loads(body)
            name = query["variables"].get("name")
            if query["operationName"] == "RunResumeStatus":
                return {"data": {"model": ME | {"bucket": self.resumed(name) if name in rows else None}}}
            if query["operationName"] == "UpsertBucket":
                rows.setdefault(name, [])
                run = {"id": "1", "name": name, "config": "{}", "historyLineCount": len(rows[name]), "project": ME}
                return {"data": {"upsertBucket": {"bucket": run, "inserted": True}}}
            return {"data": {"createRunFiles": {"runID": "1", "uploadHeaders": [], "files": []}}}  # it wants no files

        def resumed(self, name):
            counts = {"logLineCount": 0, "historyLineCount": len(rows[name]), "eventsLineCount": 0}
            texts = {"summaryMetrics": "{}", "config": "{}", "wandbConfig": '{"t":1}', "eventsTail": "[]"}
            return {"id": "1", "name": name, "tags": [], "historyTail": json.dumps(rows[name][-1:])} | counts | texts

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http:
        threading.Thread(target=http.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{http.server_port}", rows
        finally:
            http.shutdown()
