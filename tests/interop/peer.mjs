// Node's own BullMQ as another program on the same Redis: answers one JSON line with another.
// node peer.mjs HOST PORT PREFIX
import { createInterface } from "node:readline";
import { Queue, QueueEvents } from "bullmq";

const [host, port, prefix] = process.argv.slice(2);
const connection = { host, port: Number(port), maxRetriesPerRequest: null };
const queue = new Queue("title-generation", { connection, prefix });
const events = new QueueEvents("title-generation", { connection, prefix });
await events.waitUntilReady();
const progress = new Map();
events.on("progress", ({ jobId, data }) => {
  progress.set(jobId, [...(progress.get(jobId) ?? []), data]);
});

const answers = {
  async look({ id }) {
    const job = await queue.getJob(id);
    return job && { ...job.toJSON(), state: await job.getState() };
  },
  async counts() {
    return queue.getJobCounts("waiting", "active", "delayed", "completed", "failed");
  },
  async add({ data }) {
    const job = await queue.add("generate-title", data, { attempts: 3 });
    return { id: job.id };
  },
  async finish({ id }) {
    const job = await queue.getJob(id);
    const returnvalue = await job.waitUntilFinished(events, 20_000);
    return { returnvalue, progress: progress.get(id) ?? [] };
  },
  async pause() {
    await queue.pause();
    return {};
  },
  async resume() {
    await queue.resume();
    return {};
  },
  async retry({ id }) {
    await (await queue.getJob(id)).retry();
    return {};
  },
};

process.stdout.write(`${JSON.stringify({ ready: true })}\n`);
for await (const line of createInterface({ input: process.stdin })) {
  const { ask, ...question } = JSON.parse(line);
  const answer = await answers[ask](question).catch((error) => ({ error: String(error) }));
  process.stdout.write(`${JSON.stringify(answer ?? null)}\n`);
}
await events.close();
await queue.close();
