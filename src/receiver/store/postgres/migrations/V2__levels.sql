-- What a reorganisation may bring back. Agreements were stored without their balance: it was the accepted one.
ALTER TABLE microraiden_channels
    ADD COLUMN levels bytea NOT NULL DEFAULT '',
    ADD COLUMN ceiling bytea,
    ADD COLUMN settled bigint;
ALTER TABLE microraiden_synced ADD COLUMN trail bytea NOT NULL DEFAULT '';
UPDATE microraiden_channels SET ceiling = balance
    WHERE closing_signature IS NOT NULL OR payout IS NOT NULL;
CREATE INDEX microraiden_reversible ON microraiden_channels (sender, open_block)
    WHERE settled IS NOT NULL OR levels <> '';
UPDATE microraiden_meta SET value = '2' WHERE name = 'schema';
