SELECT {dispatch_columns} FROM dispatches WHERE sent = 0 ORDER BY seq LIMIT ?
