-- Which of several processes follows the chain, by chain, contract and receiver. Nothing in it lasts.
CREATE TABLE IF NOT EXISTS microraiden_leases (
    name text PRIMARY KEY,
    holder text NOT NULL,
    expires timestamptz NOT NULL,
    takeovers bigint NOT NULL,
    report text,
    reported timestamptz NOT NULL
);
