"""Reads a file of metrics with Prometheus's own parser and looks for what must be in every scrape."""

import sys

from prometheus_client.parser import text_string_to_metric_families

with open(sys.argv[1], encoding="utf-8") as file:
    families = {family.name: family for family in text_string_to_metric_families(file.read())}

kinds = {
    "novi_http_requests": "counter", "novi_http_request_seconds": "histogram", "novi_db_pool_used": "gauge",
    "novi_orders_created": "counter", "novi_db_query_seconds": "histogram", "process_cpu_seconds": "counter",
}
for name, kind in kinds.items():
    assert families[name].type == kind, f"{name} is a {families[name].type}"
buckets = [s for s in families["novi_http_request_seconds"].samples if s.name.endswith("_bucket")]
routes = {s.labels["route"] for s in buckets}
for route in routes:
    values = [s.value for s in buckets if s.labels["route"] == route]
    assert values == sorted(values), f"buckets of {route} shrink: {values}"
    bounds = [s.labels["le"] for s in buckets if s.labels["route"] == route]
    assert bounds[-1] == "+Inf" and len(set(bounds)) == len(bounds)
