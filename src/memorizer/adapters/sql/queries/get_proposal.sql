SELECT {proposal_columns} FROM proposals p WHERE p.id = ?
