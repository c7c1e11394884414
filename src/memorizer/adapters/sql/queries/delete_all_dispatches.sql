DELETE FROM dispatches
