SELECT {proposal_columns} FROM proposals p WHERE p.fingerprint = ?
