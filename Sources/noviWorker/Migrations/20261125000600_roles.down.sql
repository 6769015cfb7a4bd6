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
