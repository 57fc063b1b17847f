CREATE TABLE microraiden_meta (name text PRIMARY KEY, value text NOT NULL);
CREATE TABLE microraiden_synced (
    one integer PRIMARY KEY CHECK (one = 1),
    block bigint NOT NULL,
    hash bytea NOT NULL
);
CREATE TABLE microraiden_channels (
    sender bytea NOT NULL,
    open_block bigint NOT NULL,
    deposit bytea NOT NULL,
    status smallint NOT NULL,
    settle_block bigint,
    top_ups bytea NOT NULL,
    balance bytea,
    balance_signature bytea,
    charged bytea NOT NULL,
    withdrawn bytea NOT NULL,
    payout text,
    closing_signature bytea,
    created bigint NOT NULL,
    modified bigint NOT NULL,
    PRIMARY KEY (sender, open_block)
);
CREATE INDEX microraiden_waiting ON microraiden_channels (sender, open_block)
    WHERE status = 0 OR top_ups <> '';
CREATE INDEX microraiden_payouts ON microraiden_channels (sender, open_block)
    WHERE payout IS NOT NULL;
INSERT INTO microraiden_meta (name, value) VALUES ('schema', '1');
