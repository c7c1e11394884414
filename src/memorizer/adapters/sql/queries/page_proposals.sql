SELECT {proposal_columns} FROM proposals p
WHERE p.id < ? AND ? IN ('', {proposal_state}) AND ? IN ('', p.kind) AND ? IN ('', p.cluster)
  AND p.recommended >= ?
ORDER BY p.id DESC LIMIT ?
