// Written by scripts/embed-migrations.sh from the files in Sources/noviWorker/Migrations; a test holds them together.
// swift-format-ignore-file

extension EmbeddedMigrations {
    static let of20261125000600 =
        Files(
            version: "20261125000600",
            name: "roles",
            up: ##"""
            -- What each group of database users may do. The groups are made where the server is made, because making roles is a right of its own;
            -- what is not there is left out, and grant_to_groups() may be called again later.

            CREATE FUNCTION grant_to_groups() RETURNS void LANGUAGE plpgsql AS $$
            DECLARE
                present text[] := array(SELECT rolname::text FROM pg_roles WHERE rolname IN ('novi_app', 'novi_backup', 'novi_report'));
            BEGIN
                -- Workers: rows, never tables; histories are only added to, the head of the audit log only by its own function.
                IF 'novi_app' = ANY (present) THEN
                    GRANT USAGE ON SCHEMA public TO novi_app;
                    GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO novi_app;
                    GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO novi_app;
                    REVOKE UPDATE, DELETE ON audit_log, order_events FROM novi_app;
                    REVOKE INSERT, UPDATE, DELETE ON audit_head, schema_migrations FROM novi_app;
                    ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO novi_app;
                    ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE ON SEQUENCES TO novi_app;
                END IF;
                -- Backups: everything, reading.
                IF 'novi_backup' = ANY (present) THEN
                    GRANT USAGE ON SCHEMA public TO novi_backup;
                    GRANT SELECT ON ALL TABLES IN SCHEMA public TO novi_backup;
                    GRANT SELECT ON ALL SEQUENCES IN SCHEMA public TO novi_backup;
                    ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO novi_backup;
                    ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON SEQUENCES TO novi_backup;
                END IF;
                -- Reports: what happened, without secrets, addresses and texts of people.
                IF 'novi_report' = ANY (present) THEN
                    GRANT USAGE ON SCHEMA public TO novi_report;
                    GRANT SELECT ON businesses, business_members, order_items, order_events, metric_minutes, incidents, alerts, checklist_runs,
                        wa_state, schema_migrations TO novi_report;
                    GRANT SELECT (id, role, is_active, last_login, created_at, updated_at) ON users TO novi_report;
                    GRANT SELECT (id, order_id, business_id, needs_clarification, total_amount, currency, delivery_date, status, source,
                        parse_confidence, version, created_at, updated_at, delivered_at, cancelled_at, archived_at, deleted_at) ON orders TO novi_report;
                    GRANT SELECT (id, provider, kind, sent_at, received_at, processed_at, outcome, reason, processing_ms) ON inbound_messages TO novi_report;
                    GRANT SELECT (id, provider, kind, state, attempts, error_code, created_at, updated_at, sent_at, delivered_at, read_at)
                        ON outbound_messages TO novi_report;
                END IF;
            END $$;

            SELECT grant_to_groups();

            """##,
            down: ##"""
            DO $$
            DECLARE
                one text;
            BEGIN
                FOR one IN SELECT rolname FROM pg_roles WHERE rolname IN ('novi_app', 'novi_backup', 'novi_report') LOOP
                    EXECUTE format('REVOKE ALL ON ALL TABLES IN SCHEMA public FROM %I', one);
                    EXECUTE format('REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM %I', one);
                    EXECUTE format('REVOKE ALL ON SCHEMA public FROM %I', one);
                    EXECUTE format('ALTER DEFAULT PRIVILEGES IN SCHEMA public REVOKE ALL ON TABLES FROM %I', one);
                    EXECUTE format('ALTER DEFAULT PRIVILEGES IN SCHEMA public REVOKE ALL ON SEQUENCES FROM %I', one);
                END LOOP;
            END $$;
            DROP FUNCTION grant_to_groups();

            """##
        )
}
