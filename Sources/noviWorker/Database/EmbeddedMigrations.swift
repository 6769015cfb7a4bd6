// Written by scripts/embed-migrations.sh from the files in Sources/noviWorker/Migrations; a test holds them together.
// swift-format-ignore-file

/// The files of the folder Migrations, as they are.
enum EmbeddedMigrations {
    /// One migration's files.
    struct Files: Sendable {
        let version: String
        let name: String
        let up: String
        let down: String?
    }

    /// All, in order.
    static let all: [Files] = [
        Files(
            version: "20261125000100",
            name: "accounts",
            up: ##"""
            -- Users, their sessions and tokens, and what limits them.

            CREATE FUNCTION touch_updated_at() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                NEW.updated_at := now();
                RETURN NEW;
            END $$;

            CREATE TABLE users (
                id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
                email varchar(255) NOT NULL CHECK (email LIKE '%_@_%'),
                full_name varchar(255) NOT NULL,
                phone_e164 varchar(20) CHECK (phone_e164 ~ '^\+[1-9][0-9]{6,14}$'),
                password_hash text NOT NULL,
                role text NOT NULL DEFAULT 'user' CHECK (role IN ('user', 'admin', 'super_admin')),
                is_active boolean NOT NULL DEFAULT true,
                must_change_password boolean NOT NULL DEFAULT false,
                failed_logins integer NOT NULL DEFAULT 0 CHECK (failed_logins >= 0),
                locked_until timestamptz,
                timezone text NOT NULL DEFAULT 'Africa/Lagos',
                last_login timestamptz,
                disabled_at timestamptz,
                archived_at timestamptz,
                created_at timestamptz NOT NULL DEFAULT now(),
                updated_at timestamptz NOT NULL DEFAULT now()
            );
            CREATE UNIQUE INDEX users_email_key ON users (lower(email));
            CREATE INDEX users_last_login ON users (is_active, last_login);
            CREATE TRIGGER users_touch BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION touch_updated_at();

            -- The token itself is only in the cookie; 32 bytes are SHA-256.
            CREATE TABLE sessions (
                token_hash bytea PRIMARY KEY CHECK (octet_length(token_hash) = 32),
                user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
                created_at timestamptz NOT NULL DEFAULT now(),
                last_seen_at timestamptz NOT NULL DEFAULT now(),
                expires_at timestamptz NOT NULL,
                ip inet,
                user_agent text CHECK (char_length(user_agent) <= 500)
            );
            CREATE INDEX sessions_user_id ON sessions (user_id);
            CREATE INDEX sessions_expires_at ON sessions (expires_at);

            CREATE TABLE password_resets (
                token_hash bytea PRIMARY KEY CHECK (octet_length(token_hash) = 32),
                user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
                created_at timestamptz NOT NULL DEFAULT now(),
                expires_at timestamptz NOT NULL,
                used_at timestamptz
            );
            CREATE INDEX password_resets_user_id ON password_resets (user_id);

            CREATE TABLE api_tokens (
                id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
                user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
                name varchar(100) NOT NULL,
                token_hash bytea NOT NULL UNIQUE CHECK (octet_length(token_hash) = 32),
                scopes text[] NOT NULL DEFAULT '{}',
                created_at timestamptz NOT NULL DEFAULT now(),
                last_used_at timestamptz,
                expires_at timestamptz,
                revoked_at timestamptz
            );
            CREATE INDEX api_tokens_user_id ON api_tokens (user_id);

            CREATE TABLE login_attempts (
                id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
                at timestamptz NOT NULL DEFAULT now(),
                email_lower text NOT NULL CHECK (email_lower = lower(email_lower) AND char_length(email_lower) <= 255),
                ip inet,
                ok boolean NOT NULL
            );
            CREATE INDEX login_attempts_at ON login_attempts (at);
            CREATE INDEX login_attempts_ip ON login_attempts (ip, at);
            CREATE INDEX login_attempts_email ON login_attempts (email_lower, at);

            -- Shared by all API processes. Not worth the write-ahead log: after a crash of the server everybody starts afresh.
            CREATE UNLOGGED TABLE rate_buckets (
                name text NOT NULL,
                key text NOT NULL CHECK (char_length(key) <= 200),
                taken integer NOT NULL,
                resets_at timestamptz NOT NULL,
                PRIMARY KEY (name, key)
            );
            CREATE INDEX rate_buckets_resets_at ON rate_buckets (resets_at);

            -- Takes one from a bucket of so many a window; counts on when it is empty, so that callers can tell how much too much.
            CREATE FUNCTION take_from_bucket(
                bucket_name text, bucket_key text, capacity integer, bucket_window interval,
                OUT allowed boolean, OUT remaining integer, OUT resets_at timestamptz
            ) LANGUAGE sql AS $$
                INSERT INTO rate_buckets AS bucket (name, key, taken, resets_at)
                VALUES (bucket_name, bucket_key, 1, clock_timestamp() + bucket_window)
                ON CONFLICT (name, key) DO UPDATE SET
                    taken = CASE WHEN bucket.resets_at <= clock_timestamp() THEN 1 ELSE least(bucket.taken, 1000000000) + 1 END,
                    resets_at = CASE WHEN bucket.resets_at <= clock_timestamp() THEN EXCLUDED.resets_at ELSE bucket.resets_at END
                RETURNING bucket.taken <= capacity, greatest(capacity - bucket.taken, 0), bucket.resets_at
            $$;

            CREATE TABLE idempotency_keys (
                scope text NOT NULL CHECK (char_length(scope) <= 200),
                key text NOT NULL CHECK (char_length(key) BETWEEN 1 AND 255),
                request_hash bytea NOT NULL CHECK (octet_length(request_hash) = 32),
                status integer,
                response jsonb,
                created_at timestamptz NOT NULL DEFAULT now(),
                expires_at timestamptz NOT NULL DEFAULT now() + interval '24 hours',
                PRIMARY KEY (scope, key)
            );
            CREATE INDEX idempotency_keys_expires_at ON idempotency_keys (expires_at);

            """##,
            down: ##"""
            -- novi: destructive
            DROP TABLE idempotency_keys;
            DROP FUNCTION take_from_bucket(text, text, integer, interval);
            DROP TABLE rate_buckets;
            DROP TABLE login_attempts;
            DROP TABLE api_tokens;
            DROP TABLE password_resets;
            DROP TABLE sessions;
            DROP TABLE users;
            DROP FUNCTION touch_updated_at();

            """##
        ),
        Files(
            version: "20261125000200",
            name: "businesses",
            up: ##"""
            -- Businesses, who works for them, their chats and the people who write.

            CREATE TABLE businesses (
                id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
                owner_id uuid NOT NULL REFERENCES users,
                name varchar(255) NOT NULL CHECK (btrim(name) <> ''),
                short_code varchar(10) NOT NULL UNIQUE CHECK (short_code ~ '^[A-Z0-9]{3}[A-Z0-9]*$'),
                setup_identifier varchar(100) NOT NULL UNIQUE CHECK (setup_identifier ~ '^[a-z0-9]{1,20}-[A-Z0-9]+$'),
                timezone text NOT NULL DEFAULT 'Africa/Lagos',
                currency char(3) NOT NULL DEFAULT 'NGN' CHECK (currency ~ '^[A-Z]{3}$'),
                is_active boolean NOT NULL DEFAULT true,
                created_at timestamptz NOT NULL DEFAULT now(),
                updated_at timestamptz NOT NULL DEFAULT now()
            );
            CREATE INDEX businesses_owner_id ON businesses (owner_id);
            CREATE TRIGGER businesses_touch BEFORE UPDATE ON businesses FOR EACH ROW EXECUTE FUNCTION touch_updated_at();

            CREATE TABLE business_members (
                business_id uuid NOT NULL REFERENCES businesses ON DELETE CASCADE,
                user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
                member_role text NOT NULL CHECK (member_role IN ('owner', 'manager', 'staff', 'viewer')),
                created_at timestamptz NOT NULL DEFAULT now(),
                PRIMARY KEY (business_id, user_id)
            );
            CREATE INDEX business_members_user_id ON business_members (user_id);

            -- external_id is the provider's: a group, a telephone account or a business-scoped person.
            CREATE TABLE chats (
                id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
                business_id uuid NOT NULL REFERENCES businesses ON DELETE CASCADE,
                provider text NOT NULL CHECK (provider IN ('simulator', 'cloud', 'child')),
                external_id varchar(255) NOT NULL,
                kind text NOT NULL CHECK (kind IN ('sales', 'delivery', 'direct')),
                title varchar(255),
                is_active boolean NOT NULL DEFAULT true,
                registered_by text,
                created_at timestamptz NOT NULL DEFAULT now(),
                updated_at timestamptz NOT NULL DEFAULT now(),
                UNIQUE (provider, external_id)
            );
            CREATE UNIQUE INDEX chats_one_of_a_kind ON chats (business_id, kind) WHERE kind IN ('sales', 'delivery') AND is_active;
            CREATE INDEX chats_business_id ON chats (business_id);
            CREATE TRIGGER chats_touch BEFORE UPDATE ON chats FOR EACH ROW EXECUTE FUNCTION touch_updated_at();

            -- A person is known by telephone or by the provider's business-scoped id, or both; last_inbound_at opens the 24-hour window.
            CREATE TABLE contacts (
                id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
                business_id uuid NOT NULL REFERENCES businesses ON DELETE CASCADE,
                phone_e164 varchar(20) CHECK (phone_e164 ~ '^\+[1-9][0-9]{6,14}$'),
                wa_user_id varchar(150),
                display_name varchar(255),
                first_seen timestamptz NOT NULL DEFAULT now(),
                last_inbound_at timestamptz,
                UNIQUE (business_id, phone_e164),
                UNIQUE (business_id, wa_user_id),
                CHECK (phone_e164 IS NOT NULL OR wa_user_id IS NOT NULL)
            );

            """##,
            down: ##"""
            -- novi: destructive
            DROP TABLE contacts;
            DROP TABLE chats;
            DROP TABLE business_members;
            DROP TABLE businesses;

            """##
        ),
        Files(
            version: "20261125000300",
            name: "messages",
            up: ##"""
            -- Messages in and out, and the bridge between.

            -- Stored before it is acknowledged; (provider, external_id) tells a message that comes again.
            CREATE TABLE inbound_messages (
                id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
                provider text NOT NULL CHECK (provider IN ('simulator', 'cloud', 'child')),
                external_id varchar(255) NOT NULL,
                chat_ref varchar(255) NOT NULL,
                chat_id uuid REFERENCES chats ON DELETE SET NULL,
                sender_ref text NOT NULL,
                sender_name varchar(255),
                body text,
                kind text NOT NULL DEFAULT 'text',
                quoted_external_id varchar(255),
                quoted_text text,
                raw jsonb,
                sent_at timestamptz,
                received_at timestamptz NOT NULL DEFAULT now(),
                processed_at timestamptz,
                outcome text CHECK (outcome IN ('order', 'incomplete', 'ignored', 'command', 'duplicate', 'late', 'error')),
                reason text,
                order_id uuid,
                processing_ms integer,
                attempts integer NOT NULL DEFAULT 0,
                UNIQUE (provider, external_id),
                CHECK ((outcome IS NULL) = (processed_at IS NULL))
            );
            CREATE INDEX inbound_messages_waiting ON inbound_messages (received_at, id) WHERE processed_at IS NULL;
            CREATE INDEX inbound_messages_received_at ON inbound_messages (received_at);
            CREATE INDEX inbound_messages_chat ON inbound_messages (chat_ref, received_at DESC);
            CREATE INDEX inbound_messages_order_id ON inbound_messages (order_id) WHERE order_id IS NOT NULL;

            CREATE TABLE parse_drafts (
                provider text NOT NULL,
                chat_ref varchar(255) NOT NULL,
                sender_ref text NOT NULL,
                partial jsonb NOT NULL,
                inbound_message_id uuid REFERENCES inbound_messages ON DELETE SET NULL,
                expires_at timestamptz NOT NULL,
                PRIMARY KEY (provider, chat_ref, sender_ref)
            );
            CREATE INDEX parse_drafts_expires_at ON parse_drafts (expires_at);

            -- Who may send for a provider: taken with an advisory lock, and each taking raises the fence.
            CREATE TABLE bridge_leases (
                provider text PRIMARY KEY,
                fence bigint NOT NULL DEFAULT 0,
                holder text,
                taken_at timestamptz
            );

            -- place gives the order within a chat. A chat has one message under way at most.
            CREATE TABLE outbound_messages (
                id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
                place bigint GENERATED ALWAYS AS IDENTITY,
                provider text NOT NULL CHECK (provider IN ('simulator', 'cloud', 'child')),
                chat_ref varchar(255) NOT NULL,
                chat_id uuid REFERENCES chats ON DELETE SET NULL,
                business_id uuid REFERENCES businesses ON DELETE CASCADE,
                order_id uuid,
                kind text NOT NULL DEFAULT 'reply',
                dedupe_key text NOT NULL UNIQUE CHECK (char_length(dedupe_key) <= 255),
                reply_to_external_id varchar(255),
                body text,
                template jsonb,
                state text NOT NULL DEFAULT 'queued'
                    CHECK (state IN ('queued', 'sending', 'unknown', 'sent', 'delivered', 'read', 'failed', 'dead')),
                external_id varchar(255),
                fence bigint,
                attempts integer NOT NULL DEFAULT 0,
                next_attempt_at timestamptz NOT NULL DEFAULT now(),
                expires_at timestamptz NOT NULL DEFAULT now() + interval '24 hours',
                error_code integer,
                error_detail text,
                created_at timestamptz NOT NULL DEFAULT now(),
                updated_at timestamptz NOT NULL DEFAULT now(),
                sent_at timestamptz,
                delivered_at timestamptz,
                read_at timestamptz,
                CHECK (body IS NOT NULL OR template IS NOT NULL),
                CHECK (state NOT IN ('sending', 'unknown') OR fence IS NOT NULL)
            );
            CREATE INDEX outbound_messages_due ON outbound_messages (state, next_attempt_at);
            CREATE INDEX outbound_messages_chat ON outbound_messages (provider, chat_ref, place) WHERE state IN ('queued', 'sending', 'unknown', 'failed');
            CREATE UNIQUE INDEX outbound_messages_one_under_way ON outbound_messages (provider, chat_ref) WHERE state = 'sending';
            CREATE UNIQUE INDEX outbound_messages_external_id ON outbound_messages (provider, external_id) WHERE external_id IS NOT NULL;
            CREATE INDEX outbound_messages_order_id ON outbound_messages (order_id) WHERE order_id IS NOT NULL;
            CREATE INDEX outbound_messages_business_id ON outbound_messages (business_id, created_at DESC);

            -- How far a message is; what the provider tells late or twice never takes one back.
            CREATE FUNCTION outbound_rank(state text) RETURNS integer LANGUAGE sql IMMUTABLE AS $$
                SELECT CASE state WHEN 'sent' THEN 1 WHEN 'delivered' THEN 2 WHEN 'read' THEN 3 ELSE 0 END
            $$;

            CREATE FUNCTION guard_outbound() RETURNS trigger LANGUAGE plpgsql AS $$
            DECLARE
                present bigint;
            BEGIN
                IF outbound_rank(NEW.state) < outbound_rank(OLD.state) AND NEW.state NOT IN ('failed', 'dead') THEN
                    RAISE EXCEPTION 'message % is % already and cannot become %', OLD.id, OLD.state, NEW.state
                        USING ERRCODE = 'check_violation', CONSTRAINT = 'outbound_messages_forward_only';
                END IF;
                IF NEW.state = 'sending' AND OLD.state <> 'sending' THEN
                    SELECT fence INTO present FROM bridge_leases WHERE provider = NEW.provider FOR SHARE;
                    IF present IS NULL OR NEW.fence IS DISTINCT FROM present THEN
                        RAISE EXCEPTION 'fence % of provider % is out of date (now %)', NEW.fence, NEW.provider, present
                            USING ERRCODE = 'check_violation', CONSTRAINT = 'outbound_messages_fence';
                    END IF;
                END IF;
                NEW.updated_at := now();
                RETURN NEW;
            END $$;
            CREATE TRIGGER outbound_messages_guard BEFORE UPDATE ON outbound_messages
                FOR EACH ROW EXECUTE FUNCTION guard_outbound();

            -- Raises the fence; to be called by whoever holds the provider's advisory lock.
            CREATE FUNCTION take_bridge_lease(lease_provider text, lease_holder text) RETURNS bigint LANGUAGE sql AS $$
                INSERT INTO bridge_leases AS lease (provider, fence, holder, taken_at)
                VALUES (lease_provider, 1, lease_holder, now())
                ON CONFLICT (provider) DO UPDATE SET fence = lease.fence + 1, holder = EXCLUDED.holder, taken_at = now()
                RETURNING fence
            $$;

            -- What a provider told of a message whose id was not written down yet.
            CREATE TABLE delivery_statuses (
                provider text NOT NULL,
                external_id varchar(255) NOT NULL,
                status text NOT NULL,
                at timestamptz NOT NULL,
                error_code integer,
                error_detail text,
                received_at timestamptz NOT NULL DEFAULT now(),
                PRIMARY KEY (provider, external_id, status)
            );
            CREATE INDEX delivery_statuses_received_at ON delivery_statuses (received_at);

            CREATE TABLE wa_state (
                provider text PRIMARY KEY,
                state text NOT NULL,
                phone_e164 varchar(20),
                detail text,
                changed_at timestamptz NOT NULL DEFAULT now(),
                last_inbound_at timestamptz,
                last_outbound_at timestamptz,
                reconnects integer NOT NULL DEFAULT 0,
                qr_issued_at timestamptz
            );

            """##,
            down: ##"""
            -- novi: destructive
            DROP TABLE wa_state;
            DROP TABLE delivery_statuses;
            DROP FUNCTION take_bridge_lease(text, text);
            DROP TABLE outbound_messages;
            DROP FUNCTION guard_outbound();
            DROP FUNCTION outbound_rank(text);
            DROP TABLE bridge_leases;
            DROP TABLE parse_drafts;
            DROP TABLE inbound_messages;

            """##
        ),
        Files(
            version: "20261125000400",
            name: "orders",
            up: ##"""
            -- Orders, their items and their history.

            CREATE TABLE orders (
                id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
                order_id varchar(20) NOT NULL UNIQUE CHECK (order_id ~ '^[A-Z0-9]{3}-[0-9]{8}-[0-9]{3,}$'),
                business_id uuid NOT NULL REFERENCES businesses,
                customer_name varchar(255) NOT NULL CHECK (btrim(customer_name) <> ''),
                customer_phone varchar(20) NOT NULL CHECK (customer_phone ~ '^\+[1-9][0-9]{6,14}$'),
                phone_raw varchar(100),
                alt_phones text[] NOT NULL DEFAULT '{}',
                address text NOT NULL CHECK (char_length(address) BETWEEN 1 AND 1000),
                items_text varchar(1000),
                needs_clarification boolean NOT NULL DEFAULT false,
                total_amount numeric(12, 2) CHECK (total_amount > 0),
                currency char(3) CHECK (currency ~ '^[A-Z]{3}$'),
                delivery_date date,
                delivery_date_raw text,
                notes text CHECK (char_length(notes) <= 2000),
                status text NOT NULL DEFAULT 'pending'
                    CHECK (status IN ('pending', 'processing', 'out_for_delivery', 'delivered', 'cancelled')),
                source text NOT NULL CHECK (source IN ('whatsapp', 'api', 'simulator')),
                submitted_by varchar(255),
                delivery_person varchar(255),
                cancel_reason text CHECK (char_length(cancel_reason) <= 1000),
                inbound_message_id uuid REFERENCES inbound_messages ON DELETE SET NULL,
                inbound_part smallint NOT NULL DEFAULT 1 CHECK (inbound_part >= 1),
                parser_version text,
                parse_confidence real CHECK (parse_confidence BETWEEN 0 AND 1),
                version integer NOT NULL DEFAULT 1,
                created_at timestamptz NOT NULL DEFAULT now(),
                updated_at timestamptz NOT NULL DEFAULT now(),
                delivered_at timestamptz,
                cancelled_at timestamptz,
                archived_at timestamptz,
                deleted_at timestamptz,
                CHECK (items_text IS NOT NULL OR needs_clarification),
                CONSTRAINT orders_delivered_at CHECK ((status = 'delivered') = (delivered_at IS NOT NULL)),
                CONSTRAINT orders_cancelled_at CHECK ((status = 'cancelled') = (cancelled_at IS NOT NULL))
            );
            -- A part of a message becomes one order, however often it is processed.
            CREATE UNIQUE INDEX orders_inbound_message ON orders (inbound_message_id, inbound_part) WHERE inbound_message_id IS NOT NULL;
            CREATE INDEX orders_newest ON orders (business_id, created_at DESC, id DESC) WHERE deleted_at IS NULL;
            CREATE INDEX orders_status ON orders (business_id, status) WHERE deleted_at IS NULL;
            CREATE INDEX orders_customer_phone ON orders (customer_phone);
            CREATE INDEX orders_delivery_date ON orders (delivery_date) WHERE status IN ('pending', 'processing', 'out_for_delivery');
            CREATE INDEX orders_created_at ON orders (created_at);

            ALTER TABLE inbound_messages ADD CONSTRAINT inbound_messages_order_id_fkey
                FOREIGN KEY (order_id) REFERENCES orders ON DELETE SET NULL;
            ALTER TABLE outbound_messages ADD CONSTRAINT outbound_messages_order_id_fkey
                FOREIGN KEY (order_id) REFERENCES orders ON DELETE SET NULL;

            -- The state machine. What is delivered or cancelled stays so; every change counts the version up.
            CREATE FUNCTION guard_order() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                IF NEW.status <> OLD.status AND NOT (
                    (OLD.status = 'pending' AND NEW.status IN ('processing', 'delivered', 'cancelled'))
                    OR (OLD.status = 'processing' AND NEW.status IN ('out_for_delivery', 'cancelled'))
                    OR (OLD.status = 'out_for_delivery' AND NEW.status IN ('delivered', 'cancelled'))
                ) THEN
                    RAISE EXCEPTION 'order % cannot go from % to %', OLD.order_id, OLD.status, NEW.status
                        USING ERRCODE = 'check_violation', CONSTRAINT = 'orders_status_machine', TABLE = 'orders', COLUMN = 'status';
                END IF;
                IF NEW.status = 'delivered' AND OLD.status <> 'delivered' THEN
                    NEW.delivered_at := coalesce(NEW.delivered_at, now());
                END IF;
                IF NEW.status = 'cancelled' AND OLD.status <> 'cancelled' THEN
                    NEW.cancelled_at := coalesce(NEW.cancelled_at, now());
                END IF;
                NEW.id := OLD.id;
                NEW.order_id := OLD.order_id;
                NEW.business_id := OLD.business_id;
                NEW.created_at := OLD.created_at;
                NEW.version := OLD.version + 1;
                NEW.updated_at := now();
                RETURN NEW;
            END $$;
            CREATE TRIGGER orders_guard BEFORE UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION guard_order();

            CREATE TABLE order_items (
                id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
                order_id uuid NOT NULL REFERENCES orders ON DELETE CASCADE,
                position integer NOT NULL CHECK (position >= 1),
                name varchar(255) NOT NULL,
                quantity integer NOT NULL CHECK (quantity BETWEEN 1 AND 9999),
                unit_price numeric(12, 2) CHECK (unit_price >= 0),
                UNIQUE (order_id, position)
            );

            CREATE TABLE order_events (
                id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
                order_id uuid NOT NULL REFERENCES orders ON DELETE CASCADE,
                at timestamptz NOT NULL DEFAULT now(),
                actor text,
                actor_kind text NOT NULL CHECK (actor_kind IN ('user', 'chat', 'system')),
                event text NOT NULL,
                from_status text,
                to_status text,
                detail jsonb
            );
            CREATE INDEX order_events_order_id ON order_events (order_id, id);

            -- Rows of a history are never changed; they go only together with what they belong to.
            CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                IF TG_OP = 'DELETE' AND pg_trigger_depth() > 1 THEN
                    RETURN OLD;
                END IF;
                RAISE EXCEPTION '% is append only', TG_TABLE_NAME
                    USING ERRCODE = 'insufficient_privilege', CONSTRAINT = TG_TABLE_NAME || '_append_only', TABLE = TG_TABLE_NAME;
            END $$;
            CREATE TRIGGER order_events_append_only BEFORE UPDATE OR DELETE ON order_events
                FOR EACH ROW EXECUTE FUNCTION refuse_change();
            CREATE TRIGGER order_events_no_truncate BEFORE TRUNCATE ON order_events
                FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

            CREATE TABLE order_counters (
                business_day date NOT NULL,
                code char(3) NOT NULL,
                last integer NOT NULL,
                PRIMARY KEY (business_day, code)
            );

            -- The next id of a day in the business's zone, such as ABC-20260610-001; without gaps, because it is part of the transaction.
            CREATE FUNCTION next_order_id(order_business uuid, at timestamptz DEFAULT now()) RETURNS text LANGUAGE plpgsql AS $$
            DECLARE
                day date;
                prefix text;
                number integer;
            BEGIN
                SELECT (at AT TIME ZONE timezone)::date, left(short_code, 3) INTO STRICT day, prefix
                FROM businesses WHERE id = order_business;
                INSERT INTO order_counters AS counter (business_day, code, last) VALUES (day, prefix, 1)
                ON CONFLICT (business_day, code) DO UPDATE SET last = counter.last + 1
                RETURNING last INTO number;
                RETURN prefix || '-' || to_char(day, 'YYYYMMDD') || '-'
                    || CASE WHEN number < 1000 THEN lpad(number::text, 3, '0') ELSE number::text END;
            END $$;

            """##,
            down: ##"""
            -- novi: destructive
            DROP FUNCTION next_order_id(uuid, timestamptz);
            DROP TABLE order_counters;
            DROP TABLE order_events;
            DROP FUNCTION refuse_change();
            DROP TABLE order_items;
            ALTER TABLE outbound_messages DROP CONSTRAINT outbound_messages_order_id_fkey;
            ALTER TABLE inbound_messages DROP CONSTRAINT inbound_messages_order_id_fkey;
            DROP TABLE orders;
            DROP FUNCTION guard_order();

            """##
        ),
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
        ),
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
        ),
    ]
}
