-- Withdrawals that are under way.
ALTER TABLE channels ADD COLUMN withdrawal TEXT;
DROP INDEX payouts;
CREATE INDEX payouts ON channels (sender, open_block)
    WHERE payout IS NOT NULL OR withdrawal IS NOT NULL;
UPDATE meta SET value = '3' WHERE name = 'schema';
