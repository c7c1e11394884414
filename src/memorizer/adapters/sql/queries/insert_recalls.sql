INSERT INTO recalls (
  id, at, door, actor, caller, client, query, workspace_seq, took_ms, is_degraded, answered
)
VALUES {rows} ON CONFLICT DO NOTHING
