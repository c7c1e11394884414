SELECT queue, state, CAST(sum(count) AS BIGINT) FROM job_counts GROUP BY 1, 2
