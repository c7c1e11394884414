import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { cleanup, render, screen } from "@testing-library/react";
import { createMemoryRouter, Outlet, RouterProvider } from "react-router";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { memories } from "@/api/memories";
import type { Memory, MemoryVersion, Scope } from "@/api/schema";
import { session } from "@/api/session";
import { VersionsTab } from "./VersionsTab";

const CONTENT = { type: "note", title: null, source: "api", tags: [], confidence: 1 };
const AT = "2026-01-01T00:00:00Z";
const MEMORY = { ...CONTENT, id: "m", text: "three", version: 3 } as unknown as Memory;

function version(number: number, text: string, purgedAt?: string): MemoryVersion {
  return { ...CONTENT, memoryId: "m", version: number, text, createdAt: AT, purgedAt };
}

beforeEach(() => {
  vi.stubGlobal(
    "ResizeObserver",
    class {
      observe() {}
      unobserve() {}
      disconnect() {}
    },
  );
  vi.stubGlobal("matchMedia", () => ({
    matches: false,
    addEventListener() {},
    removeEventListener() {},
  }));
});

afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

function shownTo(scope: Scope, nextCursor?: string) {
  const client = new QueryClient({ defaultOptions: { queries: { staleTime: Infinity } } });
  const versions = [version(3, "three"), version(2, "two"), version(1, "[purged]", AT)];
  client.setQueryData(memories.versions("m").queryKey, {
    pages: [{ versions, count: versions.length, nextCursor }],
    pageParams: [undefined],
  });
  const diff = { memoryId: "m", from: 2, to: 3, added: 0, removed: 0, lines: [], changes: [] };
  client.setQueryData(memories.difference("m", 2, 3).queryKey, diff);
  client.setQueryData(session.current().queryKey, { required: true, name: "me", scope });
  const element = <Outlet context={{ memory: MEMORY }} />;
  const router = createMemoryRouter([
    { path: "/", element, children: [{ index: true, element: <VersionsTab /> }] },
  ]);
  render(
    <MantineProvider env="test">
      <QueryClientProvider client={client}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </MantineProvider>,
  );
}

const named = (name: string) => screen.queryAllByRole("button", { name });

test("an admin may purge an earlier version that is not purged yet", () => {
  shownTo("admin");
  expect(named("Purge")).toHaveLength(1);
  expect(named("Revert to this")).toHaveLength(1);
});

test("who may only write is not offered it", () => {
  shownTo("write");
  expect(named("Purge")).toHaveLength(0);
  expect(named("Revert to this")).toHaveLength(1);
});

test("a list that goes on says so, and one that is whole does not", () => {
  shownTo("read", "1");
  expect(named("Show more")).toHaveLength(1);
  cleanup();
  shownTo("read");
  expect(named("Show more")).toHaveLength(0);
});
