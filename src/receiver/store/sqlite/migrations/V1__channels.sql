CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE synced (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    block INTEGER NOT NULL,
    hash BLOB NOT NULL
) STRICT;
CREATE TABLE channels (
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
    PRIMARY KEY (sender, open_block)
) STRICT, WITHOUT ROWID;
CREATE INDEX waiting ON channels (sender, open_block)
    WHERE status = 0 OR top_ups <> x'';
CREATE INDEX payouts ON channels (sender, open_block)
    WHERE payout IS NOT NULL;
INSERT INTO meta (name, value) VALUES ('schema', '1');
