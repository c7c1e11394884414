/** What an agent is told so that it uses its memory without being asked. */
export const PROMPT = `# Memory

You have a long-term memory, Memorizer, through the tools below. Use it without being asked.

Before you begin a task, call \`search_memories\` with what the task is about, in a few words. If nothing comes back, search once more in other words. Read what looks useful in full with \`get_many\`.

While you work, call \`store\` when you learn something that will matter in another conversation: decisions and their reasons, preferences, facts about people and projects, how something was fixed, where things are. One thing per memory, in sentences that can be understood without this conversation. Choose a short \`type\` (decision, preference, how-to, fact, note) and a few \`tags\`. Leave \`title\` out: it is written for you.

Do not store secrets, what is only true today, or what can be read in the code.

When something you find is out of date, correct it with \`edit\` (exact text, a new version is kept) or \`update_metadata\`; do not store it again. \`revert_to_version\` takes a change back. \`delete\` only what was wrong from the start.

Link memories that belong together with \`create_relationship\`, for example from a decision to what it replaced.

If the memory does not answer, say so and go on without it.`;

/** What an agent can do, in the order in which it usually does. */
export const TOOLS: [name: string, description: string][] = [
  ["search_memories", "find by meaning and by words"],
  ["get", "read one, with its history and its neighbours"],
  ["get_many", "read several at once"],
  ["store", "keep something new"],
  ["edit", "replace a passage; the version before is kept"],
  ["update_metadata", "change title, type, tags or confidence"],
  ["create_relationship", "link two memories"],
  ["revert_to_version", "bring an earlier version back"],
  ["delete", "remove one"],
];
