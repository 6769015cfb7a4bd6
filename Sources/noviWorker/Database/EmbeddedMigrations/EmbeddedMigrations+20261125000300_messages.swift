// Written by scripts/embed-migrations.sh from the files in Sources/noviWorker/Migrations; a test holds them together.
// swift-format-ignore-file

extension EmbeddedMigrations {
    static let of20261125000300 =
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
        )
}
