// Written by scripts/embed-migrations.sh from the files in Sources/noviWorker/Migrations; a test holds them together.
// swift-format-ignore-file

extension EmbeddedMigrations {
    static let of20261125000400 =
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
        )
}
