-- What was below a path is below another one.
UPDATE workspaces SET path = ? || substr(path, ?) WHERE substr(path, 1, ?) = ?
