import { expect, test } from "vitest";
import { pathsIn, switched, to } from "./paths";
import { keepScope, readScope, scopeOf, workspaceAt } from "./scope";

const query = (text: string) => new URLSearchParams(text);

test("an address says the scope in words that can be read", () => {
  const billing = pathsIn({ workspace: "acme/billing-api" });
  expect(billing.memories()).toBe("/?workspace=acme/billing-api");
  expect(billing.search("a b")).toBe("/search?q=a+b&workspace=acme/billing-api");
  expect(billing.newMemory()).toBe("/memories/new?workspace=acme/billing-api");
  expect(billing.memory("1")).toBe("/memories/1");
  expect(to.memories()).toBe("/");
});

test.each([
  ["/", "workspace=acme/api", { workspace: "acme/api" }],
  ["/stats", "", {}],
  ["/search", "workspace=a&includeUnfiled=true", { workspace: "a", includeUnfiled: true }],
  ["/search", "workspace=unfiled&includeUnfiled=true", { workspace: "unfiled" }],
  ["/trash", "includeUnfiled=true", {}],
  ["/workspaces/acme/api", "", { workspace: "acme/api" }],
  ["/workspaces/acme/", "workspace=other", { workspace: "acme" }],
  ["/workspaces/%E6%97%A5%E6%9C%AC", "", { workspace: "日本" }],
  ["/workspaces/100%", "", { workspace: "100%" }],
])("%s?%s is in a scope", (path, text, scope) => {
  expect(scopeOf(path, query(text))).toEqual(scope);
});

test.each(["/memories/1", "/admin", "/connect", "/workspaces"])(
  "%s keeps the scope that one came with",
  (path) => expect(scopeOf(path, query("workspace=a"))).toBeUndefined(),
);

test("a workspace's address leads back to it", () => {
  for (const path of ["acme/api", "日本/a.b", "100%"]) {
    expect(workspaceAt(to.workspace(path))).toBe(path);
  }
});

test("other conditions change, the scope stays", () => {
  const next = keepScope(query("tag=x"), query("tag=y&workspace=a/b&includeUnfiled=true&cursor=1"));
  expect(next.get("tag")).toBe("x");
  expect(next.get("cursor")).toBeNull();
  expect(readScope(next)).toEqual({ workspace: "a/b", includeUnfiled: true });
});

test.each([
  ["/", "tag=x&workspace=a&cursor=7", { workspace: "b/c" }, "/?tag=x&workspace=b/c"],
  ["/search", "q=x&workspace=a&includeUnfiled=true", {}, "/search?q=x"],
  ["/stats", "", { workspace: "unfiled" }, "/stats?workspace=unfiled"],
  ["/memories/1", "", { workspace: "a" }, "/?workspace=a"],
  ["/admin/jobs", "state=failed", {}, "/"],
  ["/workspaces/a", "", { workspace: "b" }, "/workspaces/b"],
  ["/workspaces/a", "", {}, "/workspaces"],
  ["/workspaces/a", "", { workspace: "unfiled" }, "/?workspace=unfiled"],
])("on %s?%s another scope leads to the same page, or to one that shows it", (...given) => {
  const [path, text, scope, address] = given;
  expect(switched(path, query(text), scope)).toBe(address);
});
