DELETE FROM outdated_words
