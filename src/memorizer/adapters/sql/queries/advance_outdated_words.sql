UPDATE outdated_words SET before_seq = ? WHERE before_seq > ?
