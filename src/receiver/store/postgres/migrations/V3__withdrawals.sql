-- Withdrawals that are under way.
ALTER TABLE microraiden_channels ADD COLUMN withdrawal text;
DROP INDEX IF EXISTS microraiden_payouts;
CREATE INDEX microraiden_payouts ON microraiden_channels (sender, open_block)
    WHERE payout IS NOT NULL OR withdrawal IS NOT NULL;
UPDATE microraiden_meta SET value = '3' WHERE name = 'schema';
