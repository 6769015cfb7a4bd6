"""Sends generated requests to every route of the API and tells what was not as documented.

usage: fuzz.py URL COOKIE EXAMPLES MINIMUM

Runs schemathesis against URL/openapi.json, signed in by COOKIE, with EXAMPLES cases for each route and phase, until at least MINIMUM
requests were sent. Ends with 1 when an answer was 5xx or not as the document says, else prints "requests: N" and ends with 0.
"""

import json
import os
import subprocess
import sys
import tempfile

url, cookie, examples, minimum = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
checks = "not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,response_schema_conformance"
# What takes the ground from under the run: the session ends, or the user loses the right to go on.
left_out = ["/auth/logout", "/auth/password", "/auth/reset/confirm"]
# What answers 503 without a bridge, and none runs here.
left_out += ["/webhooks/whatsapp", "/api/whatsapp/qr", "/api/whatsapp/reconnect", "/api/whatsapp/logout"]
left_out += [f"/api/simulator/{what}" for what in ("messages", "events", "behaviour")]

requests, round_number = 0, 0
while True:
    round_number += 1
    with tempfile.TemporaryDirectory() as folder:
        events = os.path.join(folder, "events.ndjson")
        command = [
            os.path.join(os.path.dirname(sys.executable), "schemathesis"), "run", f"{url}/openapi.json",
            "--checks", checks, "--max-examples", str(examples), "--seed", str(round_number),
            "-H", f"Cookie: {cookie}", "-H", f"Origin: {url}", "--report-ndjson-path", events, "--no-color",
            "--generation-database", "none", "--suppress-health-check", "all", "--warnings", "off",
            # More threads would bring nothing (the GIL) but CPython 3.11's "AST constructor recursion depth mismatch".
            "--workers", "1", "--request-timeout", "60",
        ]
        for path in left_out:
            command += ["--exclude-path", path]
        run = subprocess.run(command, cwd=folder, capture_output=True, text=True)
        text = run.stdout + run.stderr
        with open(events, encoding="utf-8") as lines:
            for line in lines:
                requests += line.count('"request":')
    if run.returncode != 0:
        print(text[-20000:])
        print(f"schemathesis ended with {run.returncode} after {requests} requests")
        sys.exit(1)
    if requests >= minimum:
        print(f"requests: {requests}")
        sys.exit(0)
