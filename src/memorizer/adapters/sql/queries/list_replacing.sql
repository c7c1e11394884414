-- What replaces any of these memories, in one step.
SELECT {replacement_columns} FROM {visible_relationships}
WHERE lower(r.type) = '{supersedes}' AND r.to_id IN ({members})
