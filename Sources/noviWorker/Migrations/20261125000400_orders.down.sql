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
