import { describe, expect, test } from "vitest";
import {
  ancestorsOf,
  childrenOf,
  contentsOf,
  depthOf,
  matching,
  mayWriteIn,
  parentPath,
  parentsFor,
  placeOf,
} from "./tree";

const node = (path: string, memories = 0, trashed = 0) => ({
  path,
  name: path.toUpperCase(),
  memories,
  trashed,
});
const TREE = [
  node("acme", 1),
  node("acme/api", 2, 1),
  node("acme/api/v2", 4),
  node("acme-labs", 8),
];
const paths = (found: { path: string }[]) => found.map(({ path }) => path);

test("a workspace holds what is below it, and not what only begins so", () => {
  expect(contentsOf("acme", TREE)).toEqual({ memories: 7, trashed: 1, workspaces: 2 });
  expect(contentsOf("acme-labs", TREE)).toEqual({ memories: 8, trashed: 0, workspaces: 0 });
});

test("the tree is walked by paths", () => {
  expect(parentPath("acme/api/v2")).toBe("acme/api");
  expect(parentPath("acme")).toBe("");
  expect(paths(childrenOf("acme", TREE))).toEqual(["acme/api"]);
  expect(paths(childrenOf("", TREE))).toEqual(["acme", "acme-labs"]);
  expect(paths(ancestorsOf("acme/api/v2", TREE))).toEqual(["acme", "acme/api"]);
  expect(paths(parentsFor("acme/api", TREE))).toEqual(["acme", "acme-labs"]);
});

test("where the root may not be seen, the first that may is no deeper than a root", () => {
  expect(depthOf("acme/api/v2", TREE)).toBe(2);
  expect(depthOf("acme/api/v2", TREE.slice(1))).toBe(1);
});

test("what was typed is found in names and paths, in any order and case", () => {
  expect(paths(matching("V2 acme", TREE))).toEqual(["acme/api/v2"]);
  expect(paths(matching("labs", TREE))).toEqual(["acme-labs"]);
  expect(matching("other", TREE)).toEqual([]);
});

describe("what a session may change", () => {
  const grant = (workspace: string, scope: string) => ({ workspace, scope });
  const bound = {
    scope: "write",
    workspaces: [grant("acme/api", "write"), grant("acme-labs", "read")],
  };

  test("a bound one only what it was given, and never unfiled memories", () => {
    expect(mayWriteIn("acme/api/v2", bound)).toBe(true);
    expect(["acme", "acme-labs", "unfiled"].map((path) => mayWriteIn(path, bound))).toEqual([
      false,
      false,
      false,
    ]);
    expect(mayWriteIn("acme/api", { ...bound, scope: "read" })).toBe(false);
  });

  test("any other everything, if it may write at all", () => {
    expect(mayWriteIn("unfiled", { scope: "write" })).toBe(true);
    expect(mayWriteIn("acme", undefined)).toBe(true);
    expect(mayWriteIn("acme", { scope: "read" })).toBe(false);
  });

  test("a new memory goes where the switcher stands, else to the only place there is", () => {
    expect(placeOf("acme", TREE, { scope: "write" })).toBe("acme");
    expect(placeOf(undefined, TREE, { scope: "write" })).toBe("unfiled");
    expect(placeOf("unfiled", TREE, { scope: "write" })).toBe("unfiled");
    expect(placeOf("acme/api/v2", TREE, bound)).toBe("acme/api/v2");
    expect(placeOf("acme-labs", TREE, bound)).toBe("acme/api");
    const two = {
      scope: "write",
      workspaces: [grant("acme/api", "write"), grant("acme-labs", "write")],
    };
    expect(placeOf(undefined, TREE, two)).toBe("");
  });
});
