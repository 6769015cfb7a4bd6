"""Reads the gateway's metrics with Prometheus's own parsers: OpenMetrics in the first file, the older format in the second."""

import sys

from prometheus_client.openmetrics.parser import text_string_to_metric_families as open_families
from prometheus_client.parser import text_string_to_metric_families as plain_families

with open(sys.argv[1], encoding="utf-8") as file:
    families = {family.name: family for family in open_families(file.read())}
with open(sys.argv[2], encoding="utf-8") as file:
    plain = {family.name: family for family in plain_families(file.read())}

kinds = {
    "novi_supervisor_up": "gauge", "novi_supervisor": "info", "novi_app_up": "gauge", "novi_app_state": "gauge",
    "novi_app_restarts": "counter", "novi_app_memory_bytes": "gauge", "novi_app_heap_bytes": "gauge", "novi_app_cpu_percent": "gauge",
    "novi_app_uptime_seconds": "gauge", "novi_app_log_dropped_lines": "counter", "novi_events": "counter", "novi_alerts": "gauge",
    "novi_host_cpu_percent": "gauge", "novi_host_disk_available_bytes": "gauge", "novi_whatsapp_link_up": "gauge",
    "novi_database_up": "gauge", "process_cpu_seconds": "counter", "process_resident_memory_bytes": "gauge",
}
for name, kind in kinds.items():
    assert families[name].type == kind, f"{name} is a {families[name].type}"
for name, unit in {"novi_app_memory_bytes": "bytes", "novi_app_uptime_seconds": "seconds", "process_cpu_seconds": "seconds"}.items():
    assert families[name].unit == unit, f"{name} has the unit {families[name].unit}"
states = [sample for sample in families["novi_app_state"].samples if sample.labels["app"] == "api"]
assert sum(sample.value for sample in states) == 1 and len(states) == 6, states
odd = [sample for sample in families["novi_app_up"].samples if sample.labels["app"] != "api"]
assert odd[0].labels["app"] == 'odd"\\\nname', odd


def samples(families):
    return {(sample.name, tuple(sorted(sample.labels.items()))): sample.value for family in families.values() for sample in family.samples}


first, second = samples(families), samples(plain)
assert first.keys() == second.keys(), first.keys() ^ second.keys()
