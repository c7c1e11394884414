import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { answer, client, locked } from "./client";
import { covers, logIn, session, whileOpen } from "./session";
import type { Scope, Session } from "./schema";

let replies: Response[];

/** In a browser an address without a host is one of the page's server. */
class PageRequest extends Request {
  constructor(input: RequestInfo | URL, init?: RequestInit) {
    super(typeof input === "string" ? new URL(input, "http://localhost") : input, init);
  }
}
client.use({ onRequest: () => replies.shift() });

const json = (status: number, body: object) =>
  Object.assign(new Response(JSON.stringify(body), { status }), {
    headers: new Headers({ "content-type": "application/json" }),
  });
const refused = () => json(401, { error: "Unauthorized", message: "A token is needed." });
const read = (): Promise<Session> =>
  (session.current() as unknown as { queryFn: () => Promise<Session> }).queryFn();

beforeEach(() => {
  replies = [];
  locked.set(false);
  vi.stubGlobal("Request", PageRequest);
});

afterEach(() => vi.unstubAllGlobals());

/** The server answers with these, one after the other. */
function server(...given: Response[]) {
  replies = given;
}

test.each<[Scope, Scope, boolean]>([
  ["read", "read", true],
  ["read", "write", false],
  ["write", "read", true],
  ["write", "admin", false],
  ["admin", "write", true],
])("a token with %s may do what needs %s: %s", (scope, needed, may) => {
  expect(covers(scope, needed)).toBe(may);
});

test("a refusal for want of a token locks the page, and logging in opens it", async () => {
  server(refused(), json(200, { required: true, name: "me", scope: "admin" }));

  await expect(answer(client.GET("/api/stats"))).rejects.toThrow("A token is needed.");
  expect(locked.get()).toBe(true);

  await logIn("mzr_…");
  expect(locked.get()).toBe(false);
});

test("a wrong token says so and leaves the page as it is", async () => {
  locked.set(true);
  server(json(401, { error: "Unauthorized", message: "Not known here." }));

  await expect(logIn("wrong")).rejects.toThrow("Not known here.");
  expect(locked.get()).toBe(true);
});

test("the page is locked exactly while a token is needed and none was shown", async () => {
  server(
    json(200, { required: true }),
    json(200, { required: true, name: "me", scope: "read" }),
    json(200, { required: false, scope: "admin" }),
  );

  const states: boolean[] = [];
  for (let n = 0; n < 3; n += 1) {
    await read();
    states.push(locked.get());
  }
  expect(states).toEqual([true, false, false]);
});

test("what runs stops while the page is locked, and starts anew afterwards", () => {
  const heard: string[] = [];
  whileOpen(() => {
    heard.push("start");
    return () => heard.push("stop");
  });

  locked.set(true);
  locked.set(false);

  expect(heard).toEqual(["start", "stop", "start"]);
});
