-- novi: destructive
DROP TABLE contacts;
DROP TABLE chats;
DROP TABLE business_members;
DROP TABLE businesses;
