import { queryOptions } from "@tanstack/react-query";
import { answer, client } from "@/api/client";
import type { SecretFinding } from "@/api/schema";

/** All versions of all memories are examined, page by page: only on demand. */
export const secrets = {
  all: () =>
    queryOptions({
      queryKey: ["secrets"],
      queryFn: examineAll,
      staleTime: Number.POSITIVE_INFINITY,
    }),
  purge: (memoryId: string) =>
    answer(client.POST("/api/admin/secrets/{memoryId}/purge", { params: { path: { memoryId } } })),
};

async function examineAll() {
  const findings: SecretFinding[] = [];
  let examined = 0;
  let cursor: string | undefined;
  do {
    const page = await answer(client.GET("/api/admin/secrets", { params: { query: { cursor } } }));
    findings.push(...page.findings);
    examined += page.examined;
    cursor = page.nextCursor;
  } while (cursor);
  return { findings, examined };
}
