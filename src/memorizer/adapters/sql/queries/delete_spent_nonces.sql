-- Nobody gets the same answer again after the grace: then the nonce is of no use.
UPDATE oauth_refresh_tokens SET nonce = NULL WHERE nonce IS NOT NULL AND used_at < ?
