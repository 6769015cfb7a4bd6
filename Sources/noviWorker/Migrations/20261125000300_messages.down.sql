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
