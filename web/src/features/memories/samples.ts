import { deleteMemory, listMemories, storeMemories } from "@/api/memories";
import type { BatchItem, Memory } from "@/api/schema";

const PREFIX = "memorizer-samples/";
const SOURCE = "sample";
const SAMPLES: (Pick<BatchItem, "text" | "title" | "type"> & { tags: string[] })[] = [
  {
    title: "Deploys happen on Tuesdays",
    text: "The billing service is deployed on Tuesdays at 10:00 with `make release`. Not on Fridays: nobody is there to roll back.",
    type: "decision",
    tags: ["deploy", "billing"],
  },
  {
    title: "Why we chose PostgreSQL over MongoDB",
    text: "Invoices need transactions across tables, and the team knows SQL. MongoDB was tried for a week and left aside.",
    type: "decision",
    tags: ["database"],
  },
  {
    title: "Start everything on a laptop",
    text: "1. `docker compose up -d db cache`\n2. `cp .env.example .env`\n3. `make migrate seed`\n4. `make dev`, then open http://localhost:8080",
    type: "how-to",
    tags: ["onboarding"],
  },
  {
    title: "Tests fail with ECONNREFUSED 5432",
    text: "`ECONNREFUSED 127.0.0.1:5432` in the tests means that the database container is not running. Start it with `docker compose up -d db`.",
    type: "problem",
    tags: ["tests", "database"],
  },
  {
    title: "Amounts are integers in cents",
    text: "All amounts are stored as integers in cents. Floats rounded a refund wrongly in March; `Money` in `src/money.ts` does the formatting.",
    type: "convention",
    tags: ["billing"],
  },
  {
    title: "Commit messages",
    text: "Imperative subject of at most 72 characters, the ticket in the last line: `Refs: BILL-214`.",
    type: "convention",
    tags: ["git"],
  },
  {
    title: "Rate limit of the payment provider",
    text: "The provider allows 100 requests per second and answers 429 with `Retry-After`. Our client waits that long and tries three times.",
    type: "fact",
    tags: ["billing", "api"],
  },
  {
    title: "Outage of 12 March: a full disk",
    text: "Logs filled the disk of the worker within four hours. Since then they are rotated daily, and an alert fires at 80 %.",
    type: "incident",
    tags: ["ops"],
  },
  {
    title: "Who reviews what",
    text: "Changes below `src/payments` need a review by two people; everything else by one.",
    type: "fact",
    tags: ["git", "billing"],
  },
  {
    title: "Prefers short answers",
    text: "Answer in short sentences, show the diff first, and explain only when asked.",
    type: "preference",
    tags: ["style"],
  },
  {
    title: "Feature flags",
    text: "Flags live in `config/flags.yaml` and are removed two weeks after a feature is on for everybody.",
    type: "convention",
    tags: ["deploy"],
  },
  {
    title: "Search index is rebuilt at night",
    text: "`npm run reindex` runs at 03:00 and takes 25 minutes. Until then new products are found by their number only.",
    type: "fact",
    tags: ["search", "ops"],
  },
];

const KEYS = new Set(SAMPLES.map((_, at) => keyOf(at)));

function keyOf(at: number): string {
  return `${PREFIX}${at + 1}`;
}

/** Whether a memory is one of the samples, and not somebody's own with a key like theirs. */
export function isSample({ key, source }: Memory): boolean {
  return source === SOURCE && key !== undefined && KEYS.has(key);
}

/** Stores the samples; stored again, they change nothing. */
export async function addSamples(workspace?: string): Promise<void> {
  const items = SAMPLES.map((each, at) => ({
    ...each,
    key: keyOf(at),
    source: SOURCE,
    workspace: workspace ?? null,
  }));
  await storeMemories(items);
}

/** Moves all samples into the trash. */
export async function removeSamples(): Promise<void> {
  const found = await listMemories({
    keyPrefix: PREFIX,
    source: [SOURCE],
    archived: "all",
    limit: 100,
  });
  await Promise.all(found.memories.filter(isSample).map(({ id }) => deleteMemory(id)));
}
