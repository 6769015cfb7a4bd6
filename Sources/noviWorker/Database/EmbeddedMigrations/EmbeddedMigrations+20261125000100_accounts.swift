// Written by scripts/embed-migrations.sh from the files in Sources/noviWorker/Migrations; a test holds them together.
// swift-format-ignore-file

extension EmbeddedMigrations {
    static let of20261125000100 =
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
        )
}
