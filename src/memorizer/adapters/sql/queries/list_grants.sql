SELECT token_id, workspace_id, scope FROM token_grants ORDER BY token_id, workspace_id
