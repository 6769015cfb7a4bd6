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
