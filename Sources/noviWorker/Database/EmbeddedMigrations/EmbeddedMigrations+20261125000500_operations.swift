// Written by scripts/embed-migrations.sh from the files in Sources/noviWorker/Migrations; a test holds them together.
// swift-format-ignore-file

extension EmbeddedMigrations {
    static let of20261125000500 =
        Files(
            version: "20261125000500",
            name: "operations",
            up: ##"""
            -- What operators look at: the audit log, figures, incidents, alerts, checklists.

            -- Each entry holds the hash of the one before, so that nothing can be changed or taken out unnoticed.
            CREATE TABLE audit_log (
                id bigint PRIMARY KEY,
                at timestamptz NOT NULL,
                actor_id uuid,
                actor text NOT NULL,
                action text NOT NULL,
                target_type text,
                target_id text,
                ip inet,
                detail jsonb,
                prev_hash bytea NOT NULL,
                hash bytea NOT NULL
            );
            CREATE INDEX audit_log_at ON audit_log (at);
            CREATE INDEX audit_log_actor ON audit_log (actor_id, at);
            CREATE INDEX audit_log_action ON audit_log (action, at);

            -- One row: the end of the chain. Its lock keeps entries in one order until their transaction ends.
            CREATE TABLE audit_head (
                is_head boolean PRIMARY KEY DEFAULT true CHECK (is_head),
                id bigint NOT NULL,
                hash bytea NOT NULL
            );
            INSERT INTO audit_head (id, hash) VALUES (0, sha256('novi audit log'));

            CREATE FUNCTION audit_hash(entry audit_log) RETURNS bytea LANGUAGE sql STABLE AS $$
                SELECT sha256(entry.prev_hash || convert_to(jsonb_build_array(
                    entry.id, (extract(epoch FROM entry.at) * 1000000)::bigint, entry.actor_id, entry.actor, entry.action,
                    entry.target_type, entry.target_id, host(entry.ip), masklen(entry.ip), entry.detail
                )::text, 'UTF8'))
            $$;

            -- With the owner's rights: who may add an entry may not touch the head by itself.
            CREATE FUNCTION chain_audit_entry() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
            BEGIN
                UPDATE audit_head SET id = audit_head.id + 1 RETURNING audit_head.id, audit_head.hash INTO NEW.id, NEW.prev_hash;
                NEW.at := clock_timestamp();
                NEW.hash := audit_hash(NEW);
                UPDATE audit_head SET hash = NEW.hash;
                RETURN NEW;
            END $$;
            CREATE TRIGGER audit_log_chain BEFORE INSERT ON audit_log FOR EACH ROW EXECUTE FUNCTION chain_audit_entry();
            CREATE TRIGGER audit_log_append_only BEFORE UPDATE OR DELETE ON audit_log
                FOR EACH ROW EXECUTE FUNCTION refuse_change();
            CREATE TRIGGER audit_log_no_truncate BEFORE TRUNCATE ON audit_log
                FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

            -- The first entry that does not fit, or the number after the last when the end is missing; NULL when all is well.
            CREATE FUNCTION first_broken_audit_entry() RETURNS bigint LANGUAGE sql STABLE AS $$
                WITH chained AS (
                    SELECT entry.id, entry.hash, entry.prev_hash, audit_hash(entry) AS right_hash,
                        lag(entry.hash, 1, sha256('novi audit log')) OVER (ORDER BY entry.id) AS before,
                        row_number() OVER (ORDER BY entry.id) AS number
                    FROM audit_log AS entry
                ), last AS (
                    SELECT coalesce(max(id), 0) AS id, coalesce((SELECT hash FROM audit_log ORDER BY id DESC LIMIT 1), sha256('novi audit log')) AS hash
                    FROM audit_log
                )
                SELECT min(id) FROM (
                    SELECT id FROM chained WHERE hash <> right_hash OR prev_hash <> before OR id <> number
                    UNION ALL
                    SELECT last.id + 1 FROM last, audit_head WHERE audit_head.id <> last.id OR audit_head.hash <> last.hash
                ) AS broken
            $$;

            CREATE TABLE metric_minutes (
                minute timestamptz NOT NULL CHECK (minute = date_trunc('minute', minute, 'UTC')),
                name text NOT NULL,
                labels jsonb NOT NULL DEFAULT '{}',
                count bigint NOT NULL,
                sum double precision NOT NULL,
                min double precision,
                max double precision,
                buckets integer[],
                PRIMARY KEY (minute, name, labels)
            );

            CREATE TABLE incidents (
                id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
                severity text NOT NULL CHECK (severity IN ('P1', 'P2', 'P3', 'P4')),
                title varchar(255) NOT NULL,
                state text NOT NULL DEFAULT 'open'
                    CHECK (state IN ('open', 'acknowledged', 'mitigated', 'resolved', 'reviewed')),
                opened_at timestamptz NOT NULL DEFAULT now(),
                acknowledged_at timestamptz,
                mitigated_at timestamptz,
                resolved_at timestamptz,
                reviewed_at timestamptz,
                opened_by text NOT NULL,
                cause text,
                timeline jsonb NOT NULL DEFAULT '[]'
            );
            CREATE INDEX incidents_open ON incidents (opened_at) WHERE state NOT IN ('resolved', 'reviewed');

            CREATE TABLE alerts (
                id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
                rule text NOT NULL,
                severity text NOT NULL,
                message text,
                value double precision,
                threshold double precision,
                opened_at timestamptz NOT NULL DEFAULT now(),
                closed_at timestamptz,
                notified_at timestamptz,
                silenced_until timestamptz,
                incident_id integer REFERENCES incidents
            );
            CREATE UNIQUE INDEX alerts_one_open ON alerts (rule) WHERE closed_at IS NULL;
            CREATE INDEX alerts_opened_at ON alerts (opened_at);

            CREATE TABLE checklist_runs (
                id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
                name text NOT NULL,
                due_at timestamptz,
                started_at timestamptz NOT NULL DEFAULT now(),
                finished_at timestamptz,
                items jsonb NOT NULL DEFAULT '[]',
                operator text
            );
            CREATE INDEX checklist_runs_name ON checklist_runs (name, started_at DESC);

            """##,
            down: ##"""
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

            """##
        )
}
