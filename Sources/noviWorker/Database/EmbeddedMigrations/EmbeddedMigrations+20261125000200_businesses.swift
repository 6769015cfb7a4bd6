// Written by scripts/embed-migrations.sh from the files in Sources/noviWorker/Migrations; a test holds them together.
// swift-format-ignore-file

extension EmbeddedMigrations {
    static let of20261125000200 =
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
        )
}
