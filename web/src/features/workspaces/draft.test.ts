import { expect, test } from "vitest";
import type { Workspace } from "@/api/schema";
import { bodyOf, changeOf, draftOf, ROOT } from "./draft";

const PROJECT: Workspace = {
  id: "w",
  name: "Billing",
  slug: "billing",
  path: "acme/billing",
  kind: "project",
  status: "draft",
  description: "Invoices",
  createdAt: "2026-11-23T09:30:00Z",
  updatedAt: "2026-11-23T09:30:00Z",
};

test("a new workspace has no status, a new project has one", () => {
  const draft = { ...draftOf(undefined, ROOT), name: "  Billing " };
  expect(bodyOf(draft)).toEqual({
    name: "Billing",
    parent: null,
    kind: "workspace",
    description: "",
  });
  expect(bodyOf({ ...draft, kind: "project", parent: "acme" })).toMatchObject({
    parent: "acme",
    status: "active",
    victoryConditions: null,
  });
});

test("only what was touched is sent", () => {
  const draft = draftOf(PROJECT, ROOT);
  expect(changeOf(PROJECT, draft)).toEqual({});
  expect(changeOf(PROJECT, { ...draft, description: "", status: "completed" })).toEqual({
    description: "",
    status: "completed",
  });
});

test("a workspace becomes a project by its status", () => {
  const plain: Workspace = { ...PROJECT, kind: "workspace", status: undefined };
  expect(changeOf(plain, draftOf(plain, ROOT))).toEqual({});
  expect(changeOf(plain, { ...draftOf(plain, ROOT), kind: "project" })).toEqual({
    status: "active",
  });
});
