import type { Recall } from "@/api/schema";

const DOORS: Record<Recall["door"], string> = {
  mcp: "Agent",
  rest: "API",
  context: "Context",
  page: "This page",
};

/** Who asked, in a few words: the way, and the program if it is not the way itself. */
export function askedBy({
  door,
  client,
  actor,
}: Pick<Recall, "door" | "client" | "actor">): string {
  if (door === "page") return DOORS.page;
  const program = client
    .split(/[/ ]/, 2)
    .join(client.startsWith("hook/") ? " of " : " ")
    .trim();
  const who = [program || actor, actor].filter((name, n, all) => name && all.indexOf(name) === n);
  return `${DOORS[door]}: ${who.join(", ")}`;
}
