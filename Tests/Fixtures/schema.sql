CREATE TABLE public.audit_log (
    id bigint NOT NULL,
    at timestamp with time zone NOT NULL,
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
CREATE FUNCTION public.audit_hash(entry public.audit_log) RETURNS bytea
    LANGUAGE sql STABLE
    AS $$
    SELECT sha256(entry.prev_hash || convert_to(jsonb_build_array(
        entry.id, (extract(epoch FROM entry.at) * 1000000)::bigint, entry.actor_id, entry.actor, entry.action,
        entry.target_type, entry.target_id, host(entry.ip), masklen(entry.ip), entry.detail
    )::text, 'UTF8'))
$$;
CREATE FUNCTION public.chain_audit_entry() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
    UPDATE audit_head SET id = audit_head.id + 1 RETURNING audit_head.id, audit_head.hash INTO NEW.id, NEW.prev_hash;
    NEW.at := clock_timestamp();
    NEW.hash := audit_hash(NEW);
    UPDATE audit_head SET hash = NEW.hash;
    RETURN NEW;
END $$;
CREATE FUNCTION public.first_broken_audit_entry() RETURNS bigint
    LANGUAGE sql STABLE
    AS $$
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
CREATE FUNCTION public.grant_to_groups() RETURNS void
    LANGUAGE plpgsql
    AS $$
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
CREATE FUNCTION public.guard_order() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
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
CREATE FUNCTION public.guard_outbound() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
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
CREATE FUNCTION public.next_order_id(order_business uuid, at timestamp with time zone DEFAULT now()) RETURNS text
    LANGUAGE plpgsql
    AS $$
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
CREATE FUNCTION public.outbound_rank(state text) RETURNS integer
    LANGUAGE sql IMMUTABLE
    AS $$
    SELECT CASE state WHEN 'sent' THEN 1 WHEN 'delivered' THEN 2 WHEN 'read' THEN 3 ELSE 0 END
$$;
CREATE FUNCTION public.refuse_change() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF TG_OP = 'DELETE' AND pg_trigger_depth() > 1 THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION '% is append only', TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege', CONSTRAINT = TG_TABLE_NAME || '_append_only', TABLE = TG_TABLE_NAME;
END $$;
CREATE FUNCTION public.take_bridge_lease(lease_provider text, lease_holder text) RETURNS bigint
    LANGUAGE sql
    AS $$
    INSERT INTO bridge_leases AS lease (provider, fence, holder, taken_at)
    VALUES (lease_provider, 1, lease_holder, now())
    ON CONFLICT (provider) DO UPDATE SET fence = lease.fence + 1, holder = EXCLUDED.holder, taken_at = now()
    RETURNING fence
$$;
CREATE FUNCTION public.take_from_bucket(bucket_name text, bucket_key text, capacity integer, bucket_window interval, OUT allowed boolean, OUT remaining integer, OUT resets_at timestamp with time zone) RETURNS record
    LANGUAGE sql
    AS $$
    INSERT INTO rate_buckets AS bucket (name, key, taken, resets_at)
    VALUES (bucket_name, bucket_key, 1, clock_timestamp() + bucket_window)
    ON CONFLICT (name, key) DO UPDATE SET
        taken = CASE WHEN bucket.resets_at <= clock_timestamp() THEN 1 ELSE least(bucket.taken, 1000000000) + 1 END,
        resets_at = CASE WHEN bucket.resets_at <= clock_timestamp() THEN EXCLUDED.resets_at ELSE bucket.resets_at END
    RETURNING bucket.taken <= capacity, greatest(capacity - bucket.taken, 0), bucket.resets_at
$$;
CREATE FUNCTION public.touch_updated_at() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    NEW.updated_at := now();
    RETURN NEW;
END $$;
CREATE TABLE public.alerts (
    id bigint NOT NULL,
    rule text NOT NULL,
    severity text NOT NULL,
    message text,
    value double precision,
    threshold double precision,
    opened_at timestamp with time zone DEFAULT now() NOT NULL,
    closed_at timestamp with time zone,
    notified_at timestamp with time zone,
    silenced_until timestamp with time zone,
    incident_id integer
);
ALTER TABLE public.alerts ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.alerts_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.api_tokens (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    user_id uuid NOT NULL,
    name character varying(100) NOT NULL,
    token_hash bytea NOT NULL,
    scopes text[] DEFAULT '{}'::text[] NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    last_used_at timestamp with time zone,
    expires_at timestamp with time zone,
    revoked_at timestamp with time zone,
    CONSTRAINT api_tokens_token_hash_check CHECK ((octet_length(token_hash) = 32))
);
CREATE TABLE public.audit_head (
    is_head boolean DEFAULT true NOT NULL,
    id bigint NOT NULL,
    hash bytea NOT NULL,
    CONSTRAINT audit_head_is_head_check CHECK (is_head)
);
CREATE TABLE public.bridge_leases (
    provider text NOT NULL,
    fence bigint DEFAULT 0 NOT NULL,
    holder text,
    taken_at timestamp with time zone
);
CREATE TABLE public.business_members (
    business_id uuid NOT NULL,
    user_id uuid NOT NULL,
    member_role text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT business_members_member_role_check CHECK ((member_role = ANY (ARRAY['owner'::text, 'manager'::text, 'staff'::text, 'viewer'::text])))
);
CREATE TABLE public.businesses (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    owner_id uuid NOT NULL,
    name character varying(255) NOT NULL,
    short_code character varying(10) NOT NULL,
    setup_identifier character varying(100) NOT NULL,
    timezone text DEFAULT 'Africa/Lagos'::text NOT NULL,
    currency character(3) DEFAULT 'NGN'::bpchar NOT NULL,
    is_active boolean DEFAULT true NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT businesses_currency_check CHECK ((currency ~ '^[A-Z]{3}$'::text)),
    CONSTRAINT businesses_name_check CHECK ((btrim((name)::text) <> ''::text)),
    CONSTRAINT businesses_setup_identifier_check CHECK (((setup_identifier)::text ~ '^[a-z0-9]{1,20}-[A-Z0-9]+$'::text)),
    CONSTRAINT businesses_short_code_check CHECK (((short_code)::text ~ '^[A-Z0-9]{3}[A-Z0-9]*$'::text))
);
CREATE TABLE public.chats (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    business_id uuid NOT NULL,
    provider text NOT NULL,
    external_id character varying(255) NOT NULL,
    kind text NOT NULL,
    title character varying(255),
    is_active boolean DEFAULT true NOT NULL,
    registered_by text,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT chats_kind_check CHECK ((kind = ANY (ARRAY['sales'::text, 'delivery'::text, 'direct'::text]))),
    CONSTRAINT chats_provider_check CHECK ((provider = ANY (ARRAY['simulator'::text, 'cloud'::text, 'child'::text])))
);
CREATE TABLE public.checklist_runs (
    id bigint NOT NULL,
    name text NOT NULL,
    due_at timestamp with time zone,
    started_at timestamp with time zone DEFAULT now() NOT NULL,
    finished_at timestamp with time zone,
    items jsonb DEFAULT '[]'::jsonb NOT NULL,
    operator text
);
ALTER TABLE public.checklist_runs ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.checklist_runs_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.contacts (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    business_id uuid NOT NULL,
    phone_e164 character varying(20),
    wa_user_id character varying(150),
    display_name character varying(255),
    first_seen timestamp with time zone DEFAULT now() NOT NULL,
    last_inbound_at timestamp with time zone,
    CONSTRAINT contacts_check CHECK (((phone_e164 IS NOT NULL) OR (wa_user_id IS NOT NULL))),
    CONSTRAINT contacts_phone_e164_check CHECK (((phone_e164)::text ~ '^\+[1-9][0-9]{6,14}$'::text))
);
CREATE TABLE public.delivery_statuses (
    provider text NOT NULL,
    external_id character varying(255) NOT NULL,
    status text NOT NULL,
    at timestamp with time zone NOT NULL,
    error_code integer,
    error_detail text,
    received_at timestamp with time zone DEFAULT now() NOT NULL
);
CREATE TABLE public.idempotency_keys (
    scope text NOT NULL,
    key text NOT NULL,
    request_hash bytea NOT NULL,
    status integer,
    response jsonb,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    expires_at timestamp with time zone DEFAULT (now() + '24:00:00'::interval) NOT NULL,
    CONSTRAINT idempotency_keys_key_check CHECK (((char_length(key) >= 1) AND (char_length(key) <= 255))),
    CONSTRAINT idempotency_keys_request_hash_check CHECK ((octet_length(request_hash) = 32)),
    CONSTRAINT idempotency_keys_scope_check CHECK ((char_length(scope) <= 200))
);
CREATE TABLE public.inbound_messages (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    provider text NOT NULL,
    external_id character varying(255) NOT NULL,
    chat_ref character varying(255) NOT NULL,
    chat_id uuid,
    sender_ref text NOT NULL,
    sender_name character varying(255),
    body text,
    kind text DEFAULT 'text'::text NOT NULL,
    quoted_external_id character varying(255),
    quoted_text text,
    raw jsonb,
    sent_at timestamp with time zone,
    received_at timestamp with time zone DEFAULT now() NOT NULL,
    processed_at timestamp with time zone,
    outcome text,
    reason text,
    order_id uuid,
    processing_ms integer,
    attempts integer DEFAULT 0 NOT NULL,
    CONSTRAINT inbound_messages_check CHECK (((outcome IS NULL) = (processed_at IS NULL))),
    CONSTRAINT inbound_messages_outcome_check CHECK ((outcome = ANY (ARRAY['order'::text, 'incomplete'::text, 'ignored'::text, 'command'::text, 'duplicate'::text, 'late'::text, 'error'::text]))),
    CONSTRAINT inbound_messages_provider_check CHECK ((provider = ANY (ARRAY['simulator'::text, 'cloud'::text, 'child'::text])))
);
CREATE TABLE public.incidents (
    id integer NOT NULL,
    severity text NOT NULL,
    title character varying(255) NOT NULL,
    state text DEFAULT 'open'::text NOT NULL,
    opened_at timestamp with time zone DEFAULT now() NOT NULL,
    acknowledged_at timestamp with time zone,
    mitigated_at timestamp with time zone,
    resolved_at timestamp with time zone,
    reviewed_at timestamp with time zone,
    opened_by text NOT NULL,
    cause text,
    timeline jsonb DEFAULT '[]'::jsonb NOT NULL,
    CONSTRAINT incidents_severity_check CHECK ((severity = ANY (ARRAY['P1'::text, 'P2'::text, 'P3'::text, 'P4'::text]))),
    CONSTRAINT incidents_state_check CHECK ((state = ANY (ARRAY['open'::text, 'acknowledged'::text, 'mitigated'::text, 'resolved'::text, 'reviewed'::text])))
);
ALTER TABLE public.incidents ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.incidents_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.login_attempts (
    id bigint NOT NULL,
    at timestamp with time zone DEFAULT now() NOT NULL,
    email_lower text NOT NULL,
    ip inet,
    ok boolean NOT NULL,
    CONSTRAINT login_attempts_email_lower_check CHECK (((email_lower = lower(email_lower)) AND (char_length(email_lower) <= 255)))
);
ALTER TABLE public.login_attempts ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.login_attempts_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.metric_minutes (
    minute timestamp with time zone NOT NULL,
    name text NOT NULL,
    labels jsonb DEFAULT '{}'::jsonb NOT NULL,
    count bigint NOT NULL,
    sum double precision NOT NULL,
    min double precision,
    max double precision,
    buckets integer[],
    CONSTRAINT metric_minutes_minute_check CHECK ((minute = date_trunc('minute'::text, minute, 'UTC'::text)))
);
CREATE TABLE public.order_counters (
    business_day date NOT NULL,
    code character(3) NOT NULL,
    last integer NOT NULL
);
CREATE TABLE public.order_events (
    id bigint NOT NULL,
    order_id uuid NOT NULL,
    at timestamp with time zone DEFAULT now() NOT NULL,
    actor text,
    actor_kind text NOT NULL,
    event text NOT NULL,
    from_status text,
    to_status text,
    detail jsonb,
    CONSTRAINT order_events_actor_kind_check CHECK ((actor_kind = ANY (ARRAY['user'::text, 'chat'::text, 'system'::text])))
);
ALTER TABLE public.order_events ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.order_events_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.order_items (
    id bigint NOT NULL,
    order_id uuid NOT NULL,
    "position" integer NOT NULL,
    name character varying(255) NOT NULL,
    quantity integer NOT NULL,
    unit_price numeric(12,2),
    CONSTRAINT order_items_position_check CHECK (("position" >= 1)),
    CONSTRAINT order_items_quantity_check CHECK (((quantity >= 1) AND (quantity <= 9999))),
    CONSTRAINT order_items_unit_price_check CHECK ((unit_price >= (0)::numeric))
);
ALTER TABLE public.order_items ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.order_items_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.orders (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    order_id character varying(20) NOT NULL,
    business_id uuid NOT NULL,
    customer_name character varying(255) NOT NULL,
    customer_phone character varying(20) NOT NULL,
    phone_raw character varying(100),
    alt_phones text[] DEFAULT '{}'::text[] NOT NULL,
    address text NOT NULL,
    items_text character varying(1000),
    needs_clarification boolean DEFAULT false NOT NULL,
    total_amount numeric(12,2),
    currency character(3),
    delivery_date date,
    delivery_date_raw text,
    notes text,
    status text DEFAULT 'pending'::text NOT NULL,
    source text NOT NULL,
    submitted_by character varying(255),
    delivery_person character varying(255),
    cancel_reason text,
    inbound_message_id uuid,
    inbound_part smallint DEFAULT 1 NOT NULL,
    parser_version text,
    parse_confidence real,
    version integer DEFAULT 1 NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    delivered_at timestamp with time zone,
    cancelled_at timestamp with time zone,
    archived_at timestamp with time zone,
    deleted_at timestamp with time zone,
    CONSTRAINT orders_address_check CHECK (((char_length(address) >= 1) AND (char_length(address) <= 1000))),
    CONSTRAINT orders_cancel_reason_check CHECK ((char_length(cancel_reason) <= 1000)),
    CONSTRAINT orders_cancelled_at CHECK (((status = 'cancelled'::text) = (cancelled_at IS NOT NULL))),
    CONSTRAINT orders_check CHECK (((items_text IS NOT NULL) OR needs_clarification)),
    CONSTRAINT orders_currency_check CHECK ((currency ~ '^[A-Z]{3}$'::text)),
    CONSTRAINT orders_customer_name_check CHECK ((btrim((customer_name)::text) <> ''::text)),
    CONSTRAINT orders_customer_phone_check CHECK (((customer_phone)::text ~ '^\+[1-9][0-9]{6,14}$'::text)),
    CONSTRAINT orders_delivered_at CHECK (((status = 'delivered'::text) = (delivered_at IS NOT NULL))),
    CONSTRAINT orders_inbound_part_check CHECK ((inbound_part >= 1)),
    CONSTRAINT orders_notes_check CHECK ((char_length(notes) <= 2000)),
    CONSTRAINT orders_order_id_check CHECK (((order_id)::text ~ '^[A-Z0-9]{3}-[0-9]{8}-[0-9]{3,}$'::text)),
    CONSTRAINT orders_parse_confidence_check CHECK (((parse_confidence >= (0)::double precision) AND (parse_confidence <= (1)::double precision))),
    CONSTRAINT orders_source_check CHECK ((source = ANY (ARRAY['whatsapp'::text, 'api'::text, 'simulator'::text]))),
    CONSTRAINT orders_status_check CHECK ((status = ANY (ARRAY['pending'::text, 'processing'::text, 'out_for_delivery'::text, 'delivered'::text, 'cancelled'::text]))),
    CONSTRAINT orders_total_amount_check CHECK ((total_amount > (0)::numeric))
);
CREATE TABLE public.outbound_messages (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    place bigint NOT NULL,
    provider text NOT NULL,
    chat_ref character varying(255) NOT NULL,
    chat_id uuid,
    business_id uuid,
    order_id uuid,
    kind text DEFAULT 'reply'::text NOT NULL,
    dedupe_key text NOT NULL,
    reply_to_external_id character varying(255),
    body text,
    template jsonb,
    state text DEFAULT 'queued'::text NOT NULL,
    external_id character varying(255),
    fence bigint,
    attempts integer DEFAULT 0 NOT NULL,
    next_attempt_at timestamp with time zone DEFAULT now() NOT NULL,
    expires_at timestamp with time zone DEFAULT (now() + '24:00:00'::interval) NOT NULL,
    error_code integer,
    error_detail text,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    sent_at timestamp with time zone,
    delivered_at timestamp with time zone,
    read_at timestamp with time zone,
    CONSTRAINT outbound_messages_check CHECK (((body IS NOT NULL) OR (template IS NOT NULL))),
    CONSTRAINT outbound_messages_check1 CHECK (((state <> ALL (ARRAY['sending'::text, 'unknown'::text])) OR (fence IS NOT NULL))),
    CONSTRAINT outbound_messages_dedupe_key_check CHECK ((char_length(dedupe_key) <= 255)),
    CONSTRAINT outbound_messages_provider_check CHECK ((provider = ANY (ARRAY['simulator'::text, 'cloud'::text, 'child'::text]))),
    CONSTRAINT outbound_messages_state_check CHECK ((state = ANY (ARRAY['queued'::text, 'sending'::text, 'unknown'::text, 'sent'::text, 'delivered'::text, 'read'::text, 'failed'::text, 'dead'::text])))
);
ALTER TABLE public.outbound_messages ALTER COLUMN place ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.outbound_messages_place_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.parse_drafts (
    provider text NOT NULL,
    chat_ref character varying(255) NOT NULL,
    sender_ref text NOT NULL,
    partial jsonb NOT NULL,
    inbound_message_id uuid,
    expires_at timestamp with time zone NOT NULL
);
CREATE TABLE public.password_resets (
    token_hash bytea NOT NULL,
    user_id uuid NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    used_at timestamp with time zone,
    CONSTRAINT password_resets_token_hash_check CHECK ((octet_length(token_hash) = 32))
);
CREATE UNLOGGED TABLE public.rate_buckets (
    name text NOT NULL,
    key text NOT NULL,
    taken integer NOT NULL,
    resets_at timestamp with time zone NOT NULL,
    CONSTRAINT rate_buckets_key_check CHECK ((char_length(key) <= 200))
);
CREATE TABLE public.schema_migrations (
    version text NOT NULL,
    name text NOT NULL,
    checksum text NOT NULL,
    applied_at timestamp with time zone DEFAULT now() NOT NULL,
    duration_ms integer DEFAULT 0 NOT NULL,
    applied_by text DEFAULT CURRENT_USER NOT NULL
);
CREATE TABLE public.sessions (
    token_hash bytea NOT NULL,
    user_id uuid NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    last_seen_at timestamp with time zone DEFAULT now() NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    ip inet,
    user_agent text,
    CONSTRAINT sessions_token_hash_check CHECK ((octet_length(token_hash) = 32)),
    CONSTRAINT sessions_user_agent_check CHECK ((char_length(user_agent) <= 500))
);
CREATE TABLE public.users (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    email character varying(255) NOT NULL,
    full_name character varying(255) NOT NULL,
    phone_e164 character varying(20),
    password_hash text NOT NULL,
    role text DEFAULT 'user'::text NOT NULL,
    is_active boolean DEFAULT true NOT NULL,
    must_change_password boolean DEFAULT false NOT NULL,
    failed_logins integer DEFAULT 0 NOT NULL,
    locked_until timestamp with time zone,
    timezone text DEFAULT 'Africa/Lagos'::text NOT NULL,
    last_login timestamp with time zone,
    disabled_at timestamp with time zone,
    archived_at timestamp with time zone,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT users_email_check CHECK (((email)::text ~~ '%_@_%'::text)),
    CONSTRAINT users_failed_logins_check CHECK ((failed_logins >= 0)),
    CONSTRAINT users_phone_e164_check CHECK (((phone_e164)::text ~ '^\+[1-9][0-9]{6,14}$'::text)),
    CONSTRAINT users_role_check CHECK ((role = ANY (ARRAY['user'::text, 'admin'::text, 'super_admin'::text])))
);
CREATE TABLE public.wa_state (
    provider text NOT NULL,
    state text NOT NULL,
    phone_e164 character varying(20),
    detail text,
    changed_at timestamp with time zone DEFAULT now() NOT NULL,
    last_inbound_at timestamp with time zone,
    last_outbound_at timestamp with time zone,
    reconnects integer DEFAULT 0 NOT NULL,
    qr_issued_at timestamp with time zone
);
ALTER TABLE ONLY public.alerts
    ADD CONSTRAINT alerts_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.api_tokens
    ADD CONSTRAINT api_tokens_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.api_tokens
    ADD CONSTRAINT api_tokens_token_hash_key UNIQUE (token_hash);
ALTER TABLE ONLY public.audit_head
    ADD CONSTRAINT audit_head_pkey PRIMARY KEY (is_head);
ALTER TABLE ONLY public.audit_log
    ADD CONSTRAINT audit_log_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.bridge_leases
    ADD CONSTRAINT bridge_leases_pkey PRIMARY KEY (provider);
ALTER TABLE ONLY public.business_members
    ADD CONSTRAINT business_members_pkey PRIMARY KEY (business_id, user_id);
ALTER TABLE ONLY public.businesses
    ADD CONSTRAINT businesses_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.businesses
    ADD CONSTRAINT businesses_setup_identifier_key UNIQUE (setup_identifier);
ALTER TABLE ONLY public.businesses
    ADD CONSTRAINT businesses_short_code_key UNIQUE (short_code);
ALTER TABLE ONLY public.chats
    ADD CONSTRAINT chats_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.chats
    ADD CONSTRAINT chats_provider_external_id_key UNIQUE (provider, external_id);
ALTER TABLE ONLY public.checklist_runs
    ADD CONSTRAINT checklist_runs_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.contacts
    ADD CONSTRAINT contacts_business_id_phone_e164_key UNIQUE (business_id, phone_e164);
ALTER TABLE ONLY public.contacts
    ADD CONSTRAINT contacts_business_id_wa_user_id_key UNIQUE (business_id, wa_user_id);
ALTER TABLE ONLY public.contacts
    ADD CONSTRAINT contacts_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.delivery_statuses
    ADD CONSTRAINT delivery_statuses_pkey PRIMARY KEY (provider, external_id, status);
ALTER TABLE ONLY public.idempotency_keys
    ADD CONSTRAINT idempotency_keys_pkey PRIMARY KEY (scope, key);
ALTER TABLE ONLY public.inbound_messages
    ADD CONSTRAINT inbound_messages_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.inbound_messages
    ADD CONSTRAINT inbound_messages_provider_external_id_key UNIQUE (provider, external_id);
ALTER TABLE ONLY public.incidents
    ADD CONSTRAINT incidents_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.login_attempts
    ADD CONSTRAINT login_attempts_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.metric_minutes
    ADD CONSTRAINT metric_minutes_pkey PRIMARY KEY (minute, name, labels);
ALTER TABLE ONLY public.order_counters
    ADD CONSTRAINT order_counters_pkey PRIMARY KEY (business_day, code);
ALTER TABLE ONLY public.order_events
    ADD CONSTRAINT order_events_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.order_items
    ADD CONSTRAINT order_items_order_id_position_key UNIQUE (order_id, "position");
ALTER TABLE ONLY public.order_items
    ADD CONSTRAINT order_items_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.orders
    ADD CONSTRAINT orders_order_id_key UNIQUE (order_id);
ALTER TABLE ONLY public.orders
    ADD CONSTRAINT orders_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.outbound_messages
    ADD CONSTRAINT outbound_messages_dedupe_key_key UNIQUE (dedupe_key);
ALTER TABLE ONLY public.outbound_messages
    ADD CONSTRAINT outbound_messages_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.parse_drafts
    ADD CONSTRAINT parse_drafts_pkey PRIMARY KEY (provider, chat_ref, sender_ref);
ALTER TABLE ONLY public.password_resets
    ADD CONSTRAINT password_resets_pkey PRIMARY KEY (token_hash);
ALTER TABLE ONLY public.rate_buckets
    ADD CONSTRAINT rate_buckets_pkey PRIMARY KEY (name, key);
ALTER TABLE ONLY public.schema_migrations
    ADD CONSTRAINT schema_migrations_pkey PRIMARY KEY (version);
ALTER TABLE ONLY public.sessions
    ADD CONSTRAINT sessions_pkey PRIMARY KEY (token_hash);
ALTER TABLE ONLY public.users
    ADD CONSTRAINT users_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.wa_state
    ADD CONSTRAINT wa_state_pkey PRIMARY KEY (provider);
CREATE UNIQUE INDEX alerts_one_open ON public.alerts USING btree (rule) WHERE (closed_at IS NULL);
CREATE INDEX alerts_opened_at ON public.alerts USING btree (opened_at);
CREATE INDEX api_tokens_user_id ON public.api_tokens USING btree (user_id);
CREATE INDEX audit_log_action ON public.audit_log USING btree (action, at);
CREATE INDEX audit_log_actor ON public.audit_log USING btree (actor_id, at);
CREATE INDEX audit_log_at ON public.audit_log USING btree (at);
CREATE INDEX business_members_user_id ON public.business_members USING btree (user_id);
CREATE INDEX businesses_owner_id ON public.businesses USING btree (owner_id);
CREATE INDEX chats_business_id ON public.chats USING btree (business_id);
CREATE UNIQUE INDEX chats_one_of_a_kind ON public.chats USING btree (business_id, kind) WHERE ((kind = ANY (ARRAY['sales'::text, 'delivery'::text])) AND is_active);
CREATE INDEX checklist_runs_name ON public.checklist_runs USING btree (name, started_at DESC);
CREATE INDEX delivery_statuses_received_at ON public.delivery_statuses USING btree (received_at);
CREATE INDEX idempotency_keys_expires_at ON public.idempotency_keys USING btree (expires_at);
CREATE INDEX inbound_messages_chat ON public.inbound_messages USING btree (chat_ref, received_at DESC);
CREATE INDEX inbound_messages_order_id ON public.inbound_messages USING btree (order_id) WHERE (order_id IS NOT NULL);
CREATE INDEX inbound_messages_received_at ON public.inbound_messages USING btree (received_at);
CREATE INDEX inbound_messages_waiting ON public.inbound_messages USING btree (received_at, id) WHERE (processed_at IS NULL);
CREATE INDEX incidents_open ON public.incidents USING btree (opened_at) WHERE (state <> ALL (ARRAY['resolved'::text, 'reviewed'::text]));
CREATE INDEX login_attempts_at ON public.login_attempts USING btree (at);
CREATE INDEX login_attempts_email ON public.login_attempts USING btree (email_lower, at);
CREATE INDEX login_attempts_ip ON public.login_attempts USING btree (ip, at);
CREATE INDEX order_events_order_id ON public.order_events USING btree (order_id, id);
CREATE INDEX orders_created_at ON public.orders USING btree (created_at);
CREATE INDEX orders_customer_phone ON public.orders USING btree (customer_phone);
CREATE INDEX orders_delivery_date ON public.orders USING btree (delivery_date) WHERE (status = ANY (ARRAY['pending'::text, 'processing'::text, 'out_for_delivery'::text]));
CREATE UNIQUE INDEX orders_inbound_message ON public.orders USING btree (inbound_message_id, inbound_part) WHERE (inbound_message_id IS NOT NULL);
CREATE INDEX orders_newest ON public.orders USING btree (business_id, created_at DESC, id DESC) WHERE (deleted_at IS NULL);
CREATE INDEX orders_status ON public.orders USING btree (business_id, status) WHERE (deleted_at IS NULL);
CREATE INDEX outbound_messages_business_id ON public.outbound_messages USING btree (business_id, created_at DESC);
CREATE INDEX outbound_messages_chat ON public.outbound_messages USING btree (provider, chat_ref, place) WHERE (state = ANY (ARRAY['queued'::text, 'sending'::text, 'unknown'::text, 'failed'::text]));
CREATE INDEX outbound_messages_due ON public.outbound_messages USING btree (state, next_attempt_at);
CREATE UNIQUE INDEX outbound_messages_external_id ON public.outbound_messages USING btree (provider, external_id) WHERE (external_id IS NOT NULL);
CREATE UNIQUE INDEX outbound_messages_one_under_way ON public.outbound_messages USING btree (provider, chat_ref) WHERE (state = 'sending'::text);
CREATE INDEX outbound_messages_order_id ON public.outbound_messages USING btree (order_id) WHERE (order_id IS NOT NULL);
CREATE INDEX parse_drafts_expires_at ON public.parse_drafts USING btree (expires_at);
CREATE INDEX password_resets_user_id ON public.password_resets USING btree (user_id);
CREATE INDEX rate_buckets_resets_at ON public.rate_buckets USING btree (resets_at);
CREATE INDEX sessions_expires_at ON public.sessions USING btree (expires_at);
CREATE INDEX sessions_user_id ON public.sessions USING btree (user_id);
CREATE UNIQUE INDEX users_email_key ON public.users USING btree (lower((email)::text));
CREATE INDEX users_last_login ON public.users USING btree (is_active, last_login);
CREATE TRIGGER audit_log_append_only BEFORE DELETE OR UPDATE ON public.audit_log FOR EACH ROW EXECUTE FUNCTION public.refuse_change();
CREATE TRIGGER audit_log_chain BEFORE INSERT ON public.audit_log FOR EACH ROW EXECUTE FUNCTION public.chain_audit_entry();
CREATE TRIGGER audit_log_no_truncate BEFORE TRUNCATE ON public.audit_log FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();
CREATE TRIGGER businesses_touch BEFORE UPDATE ON public.businesses FOR EACH ROW EXECUTE FUNCTION public.touch_updated_at();
CREATE TRIGGER chats_touch BEFORE UPDATE ON public.chats FOR EACH ROW EXECUTE FUNCTION public.touch_updated_at();
CREATE TRIGGER order_events_append_only BEFORE DELETE OR UPDATE ON public.order_events FOR EACH ROW EXECUTE FUNCTION public.refuse_change();
CREATE TRIGGER order_events_no_truncate BEFORE TRUNCATE ON public.order_events FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();
CREATE TRIGGER orders_guard BEFORE UPDATE ON public.orders FOR EACH ROW EXECUTE FUNCTION public.guard_order();
CREATE TRIGGER outbound_messages_guard BEFORE UPDATE ON public.outbound_messages FOR EACH ROW EXECUTE FUNCTION public.guard_outbound();
CREATE TRIGGER users_touch BEFORE UPDATE ON public.users FOR EACH ROW EXECUTE FUNCTION public.touch_updated_at();
ALTER TABLE ONLY public.alerts
    ADD CONSTRAINT alerts_incident_id_fkey FOREIGN KEY (incident_id) REFERENCES public.incidents(id);
ALTER TABLE ONLY public.api_tokens
    ADD CONSTRAINT api_tokens_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.business_members
    ADD CONSTRAINT business_members_business_id_fkey FOREIGN KEY (business_id) REFERENCES public.businesses(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.business_members
    ADD CONSTRAINT business_members_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.businesses
    ADD CONSTRAINT businesses_owner_id_fkey FOREIGN KEY (owner_id) REFERENCES public.users(id);
ALTER TABLE ONLY public.chats
    ADD CONSTRAINT chats_business_id_fkey FOREIGN KEY (business_id) REFERENCES public.businesses(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.contacts
    ADD CONSTRAINT contacts_business_id_fkey FOREIGN KEY (business_id) REFERENCES public.businesses(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.inbound_messages
    ADD CONSTRAINT inbound_messages_chat_id_fkey FOREIGN KEY (chat_id) REFERENCES public.chats(id) ON DELETE SET NULL;
ALTER TABLE ONLY public.inbound_messages
    ADD CONSTRAINT inbound_messages_order_id_fkey FOREIGN KEY (order_id) REFERENCES public.orders(id) ON DELETE SET NULL;
ALTER TABLE ONLY public.order_events
    ADD CONSTRAINT order_events_order_id_fkey FOREIGN KEY (order_id) REFERENCES public.orders(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.order_items
    ADD CONSTRAINT order_items_order_id_fkey FOREIGN KEY (order_id) REFERENCES public.orders(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.orders
    ADD CONSTRAINT orders_business_id_fkey FOREIGN KEY (business_id) REFERENCES public.businesses(id);
ALTER TABLE ONLY public.orders
    ADD CONSTRAINT orders_inbound_message_id_fkey FOREIGN KEY (inbound_message_id) REFERENCES public.inbound_messages(id) ON DELETE SET NULL;
ALTER TABLE ONLY public.outbound_messages
    ADD CONSTRAINT outbound_messages_business_id_fkey FOREIGN KEY (business_id) REFERENCES public.businesses(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.outbound_messages
    ADD CONSTRAINT outbound_messages_chat_id_fkey FOREIGN KEY (chat_id) REFERENCES public.chats(id) ON DELETE SET NULL;
ALTER TABLE ONLY public.outbound_messages
    ADD CONSTRAINT outbound_messages_order_id_fkey FOREIGN KEY (order_id) REFERENCES public.orders(id) ON DELETE SET NULL;
ALTER TABLE ONLY public.parse_drafts
    ADD CONSTRAINT parse_drafts_inbound_message_id_fkey FOREIGN KEY (inbound_message_id) REFERENCES public.inbound_messages(id) ON DELETE SET NULL;
ALTER TABLE ONLY public.password_resets
    ADD CONSTRAINT password_resets_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.sessions
    ADD CONSTRAINT sessions_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;
