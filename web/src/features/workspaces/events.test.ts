import { expect, test } from "vitest";
import type { WorkspaceEventType } from "@/api/schema";
import { describe } from "./events";

const said = (type: WorkspaceEventType, data: Record<string, unknown>) =>
  describe({ id: "e", type, data, actor: "page", at: "2026-11-30T09:30:00Z" });

test("a change names each field, of long texts only that", () => {
  const changes = {
    name: { old: "Bills", new: "Billing" },
    status: { old: null, new: "on_hold" },
    description: { old: "Short.", new: "Long." },
  };
  expect(said("workspace_updated", { changes })).toBe(
    "Name: Bills → Billing; Status: none → On hold; Description changed",
  );
});

test("a move says from where, if that may be seen", () => {
  expect(said("workspace_moved", { from: "a/c", to: "b/c" })).toBe("Moved from a/c to b/c");
  expect(said("workspace_moved", { to: "b/c" })).toBe("Moved to b/c");
});
