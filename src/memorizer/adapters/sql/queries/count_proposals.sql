SELECT state, count(*) FROM (SELECT {proposal_state} AS state FROM proposals p) s GROUP BY state
