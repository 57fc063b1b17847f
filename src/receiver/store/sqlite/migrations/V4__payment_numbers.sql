-- Payment numbers, and proofs beside the newest one. What was charged had no reader yet; it was what was accepted.
ALTER TABLE channels ADD COLUMN covering BLOB;
ALTER TABLE channels ADD COLUMN earned BLOB;
ALTER TABLE channels ADD COLUMN numbers BLOB;
UPDATE channels SET charged = coalesce(balance, zeroblob(24));
UPDATE meta SET value = '4' WHERE name = 'schema';
