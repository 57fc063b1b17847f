-- What a reorganisation may bring back. Agreements were stored without their balance: it was the accepted one.
ALTER TABLE channels ADD COLUMN levels BLOB NOT NULL DEFAULT x'';
ALTER TABLE channels ADD COLUMN ceiling BLOB;
ALTER TABLE channels ADD COLUMN settled INTEGER;
ALTER TABLE synced ADD COLUMN trail BLOB NOT NULL DEFAULT x'';
UPDATE channels SET ceiling = balance
    WHERE closing_signature IS NOT NULL OR payout IS NOT NULL;
CREATE INDEX reversible ON channels (sender, open_block)
    WHERE settled IS NOT NULL OR levels <> x'';
UPDATE meta SET value = '2' WHERE name = 'schema';
