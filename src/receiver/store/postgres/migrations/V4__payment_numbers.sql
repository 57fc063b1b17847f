-- Payment numbers, and proofs beside the newest one. What was charged had no reader yet; it was what was accepted.
ALTER TABLE microraiden_channels
    ADD COLUMN covering bytea,
    ADD COLUMN earned bytea,
    ADD COLUMN numbers bytea;
UPDATE microraiden_channels
    SET charged = coalesce(balance, decode(repeat('00', 24), 'hex'));
UPDATE microraiden_meta SET value = '4' WHERE name = 'schema';
