-- Several receivers share the file. What was there is the first one's, if there was one.
CREATE TABLE receivers (
    id INTEGER PRIMARY KEY,
    chain TEXT NOT NULL,
    contract TEXT NOT NULL,
    receiver TEXT NOT NULL,
    transactions INTEGER NOT NULL DEFAULT 0,
    UNIQUE (chain, contract, receiver)
) STRICT;
INSERT INTO receivers (id, chain, contract, receiver, transactions)
    SELECT 1, chain.value, contract.value, receiver.value, coalesce(
        (SELECT CAST(value AS INTEGER) FROM meta WHERE name = 'transactions'), 0)
    FROM meta AS chain, meta AS contract, meta AS receiver
    WHERE chain.name = 'chain' AND contract.name = 'contract' AND receiver.name = 'receiver';

CREATE TABLE synced_by_receiver (
    receiver INTEGER PRIMARY KEY REFERENCES receivers,
    block INTEGER NOT NULL,
    hash BLOB NOT NULL,
    trail BLOB NOT NULL
) STRICT;
INSERT INTO synced_by_receiver SELECT 1, block, hash, trail FROM synced;
DROP TABLE synced;
ALTER TABLE synced_by_receiver RENAME TO synced;

-- Programs of before, which may still run, know no receivers: every statement of theirs about a channel has the old
-- name of the last column, and fails.
CREATE TABLE channels_by_receiver (
    receiver INTEGER NOT NULL REFERENCES receivers,
    sender BLOB NOT NULL,
    open_block INTEGER NOT NULL,
    deposit BLOB NOT NULL,
    status INTEGER NOT NULL,
    settle_block INTEGER,
    top_ups BLOB NOT NULL,
    balance BLOB,
    balance_signature BLOB,
    charged BLOB NOT NULL,
    withdrawn BLOB NOT NULL,
    payout TEXT,
    closing_signature BLOB,
    created INTEGER NOT NULL,
    modified INTEGER NOT NULL,
    levels BLOB NOT NULL,
    ceiling BLOB,
    settled INTEGER,
    withdrawal TEXT,
    covering BLOB,
    earned BLOB,
    payment_numbers BLOB,
    PRIMARY KEY (receiver, sender, open_block)
) STRICT, WITHOUT ROWID;
INSERT INTO channels_by_receiver
    SELECT 1, sender, open_block, deposit, status, settle_block, top_ups, balance, balance_signature,
        charged, withdrawn, payout, closing_signature, created, modified, levels, ceiling, settled,
        withdrawal, covering, earned, numbers
    FROM channels;
DROP TABLE channels;
ALTER TABLE channels_by_receiver RENAME TO channels;
CREATE INDEX waiting ON channels (receiver, sender, open_block)
    WHERE status = 0 OR top_ups <> x'';
CREATE INDEX payouts ON channels (receiver, sender, open_block)
    WHERE payout IS NOT NULL OR withdrawal IS NOT NULL;
CREATE INDEX reversible ON channels (receiver, sender, open_block)
    WHERE settled IS NOT NULL OR levels <> x'';

-- This is for programs of before there was a list of migrations.
DELETE FROM meta WHERE name <> 'schema';
UPDATE meta SET value = '5' WHERE name = 'schema';
