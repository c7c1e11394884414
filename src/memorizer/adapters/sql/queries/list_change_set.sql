SELECT {proposal_columns} FROM proposals p WHERE p.change_set_id = ? ORDER BY p.id
