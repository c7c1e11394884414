// Bull Board on Memorizer's job queues: docs/guides/bull-board.md
import { createBullBoard } from "@bull-board/api";
import { BullMQAdapter } from "@bull-board/api/bullMQAdapter";
import { ExpressAdapter } from "@bull-board/express";
import { Queue } from "bullmq";
import express from "express";
import { Redis } from "ioredis";

const url = process.env.MEMORIZER_REDIS_URL || "redis://localhost:6379";
const prefix = process.env.MEMORIZER_REDIS_PREFIX || "bull";
const port = Number(process.env.BULL_BOARD_PORT || 3000);
const readOnlyMode = process.env.BULL_BOARD_READ_ONLY === "true";

const connection = new Redis(url, { connectTimeout: 5_000 });
let trouble = "";
connection.on("ready", () => (trouble = ""));
function complain({ code, message }) {
  // it is tried again for ever; saying so once is enough
  if (trouble !== message) console.error(`Redis cannot be used: ${message || code}`);
  trouble = message;
}

const adapters = ["title-generation", "embedding-regeneration"].map((name) => {
  const queue = new Queue(name, { connection, prefix });
  queue.on("error", complain);
  return new BullMQAdapter(queue, { readOnlyMode, allowCompletedRetries: false });
});
const serverAdapter = new ExpressAdapter();
createBullBoard({
  queues: adapters,
  serverAdapter,
  // it looks for the connections of Node's workers, and would say that there are none
  options: { uiConfig: { boardTitle: "Memorizer", showWorkers: false } },
});

// there is no login: only this machine may look
const server = express().use(serverAdapter.getRouter()).listen(port, "127.0.0.1");
server.on("listening", () => console.log(`Bull Board is on http://localhost:${port}`));
server.on("error", (error) => {
  console.error(`Port ${port} cannot be used (${error.code}). Set BULL_BOARD_PORT to another.`);
  process.exit(1);
});
