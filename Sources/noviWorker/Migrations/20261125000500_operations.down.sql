-- novi: destructive
DROP TABLE checklist_runs;
DROP TABLE alerts;
DROP TABLE incidents;
DROP TABLE metric_minutes;
DROP FUNCTION first_broken_audit_entry();
DROP TABLE audit_head;
DROP TRIGGER audit_log_chain ON audit_log;
DROP FUNCTION chain_audit_entry();
DROP FUNCTION audit_hash(audit_log);
DROP TABLE audit_log;
