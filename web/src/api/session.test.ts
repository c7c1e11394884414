import { beforeEach, expect, test, vi } from "vitest";
import { answer, client, loginRequired } from "./client";
import { covers, logIn, session, whileOpen } from "./session";
import type { Scope, Session } from "./schema";

const network = vi.hoisted(() => {
  // the client takes both as they are when it is imported
  const replies: Response[] = [];
  globalThis.Request = class extends Request {
    // in a browser an address without a host is one of the page's server
    constructor(input: RequestInfo | URL, init?: RequestInit) {
      super(typeof input === "string" ? new URL(input, "http://localhost") : input, init);
    }
  };
  globalThis.fetch = (request) => {
    const reply = replies.shift() ?? Response.error();
    return Promise.resolve(
      Object.defineProperty(reply, "url", { value: (request as Request).url }),
    );
  };
  return { replies };
});

const json = (status: number, body: object) => Response.json(body, { status });
const refused = () => json(401, { error: "Unauthorized", message: "A token is needed." });
const read = (): Promise<Session> =>
  (session.current() as unknown as { queryFn: () => Promise<Session> }).queryFn();

beforeEach(() => {
  network.replies.length = 0;
  loginRequired.set(false);
});

/** The server answers with these, one after the other. */
function server(...given: Response[]) {
  network.replies.push(...given);
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
  expect(loginRequired.get()).toBe(true);

  await logIn("mzr_…");
  expect(loginRequired.get()).toBe(false);
});

test("a wrong token says so and leaves the page as it is", async () => {
  server(json(401, { error: "Unauthorized", message: "Not known here." }));

  await expect(logIn("wrong")).rejects.toThrow("Not known here.");
  expect(loginRequired.get()).toBe(false);
});

test("a login is required exactly while a token is needed and none was sent", async () => {
  server(
    json(200, { required: true }),
    json(200, { required: true, name: "me", scope: "read" }),
    json(200, { required: false, scope: "admin" }),
  );

  const states: boolean[] = [];
  for (let n = 0; n < 3; n += 1) {
    await read();
    states.push(loginRequired.get());
  }
  expect(states).toEqual([true, false, false]);
});

test("what runs stops while a login is required, and starts again afterwards", () => {
  const heard: string[] = [];
  whileOpen(() => {
    heard.push("start");
    return () => heard.push("stop");
  });

  loginRequired.set(true);
  loginRequired.set(false);

  expect(heard).toEqual(["start", "stop", "start"]);
});
