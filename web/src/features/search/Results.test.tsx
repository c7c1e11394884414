import { MantineProvider } from "@mantine/core";
import type { UseQueryResult } from "@tanstack/react-query";
import { cleanup, render, screen } from "@testing-library/react";
import { MemoryRouter } from "react-router";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { SearchAnswer, SearchHit } from "@/api/schema";
import type { Choices } from "./choices";
import { Results } from "./Results";

beforeEach(() => {
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

function hit(title: string, match: SearchHit["match"], relevance: number): SearchHit {
  return {
    memory: {
      id: title,
      title,
      text: title,
      type: "note",
      tags: [],
      createdAt: "2026-11-30T10:00:00Z",
    },
    score: 0.5,
    relevance,
    match,
    matchedOn: ["content"],
    copies: 1,
  } as unknown as SearchHit;
}

function shown(...hits: SearchHit[]) {
  answered({ results: hits, count: hits.length, query: "bread" });
}

function readAs(time: string, ...hits: SearchHit[]) {
  answered({ results: hits, count: hits.length, query: "bread", readAs: time });
}

function answered(data: SearchAnswer) {
  const answer = { data, isPending: false, isError: false } as UseQueryResult<SearchAnswer>;
  const choices = { q: "bread", threshold: 0, types: [], tags: [] } as unknown as Choices;
  render(
    <MantineProvider>
      <MemoryRouter>
        <Results answer={answer} choices={choices} onChange={() => {}} />
      </MemoryRouter>
    </MantineProvider>,
  );
}

test("weaker matches are folded under those that match", () => {
  shown(hit("Rye", "strong", 0.9), hit("Oats", "likely", 0.2), hit("Trains", "weak", 0.01));

  expect(screen.getByRole("status").textContent).toBe("2 matches");
  const folded = screen.getByText("1 weaker match").closest("details");
  expect(folded?.open).toBe(false);
  expect(folded?.textContent).toContain("Trains");
  expect(folded?.textContent).not.toContain("Oats");
  const [first] = screen.getAllByRole("meter", { name: "Relevance" });
  expect(first?.getAttribute("aria-valuetext")).toBe("Strong match, 90 %");
});

test("an answer of weak matches says that nothing relevant was found", () => {
  shown(hit("Trains", "weak", 0.01), hit("Ships", "weak", 0.01));

  expect(screen.getByRole("status").textContent).toBe("Nothing relevant found");
  expect(screen.getByText("2 weaker matches")).toBeTruthy();
});

test("how words of time were read is told, and whether anything is of then", () => {
  shown({ ...hit("Rye", "strong", 0.9), timeBonus: 0.2 });
  expect(screen.queryByText(/Time read as/)).toBeNull();
  cleanup();

  readAs("23–29 November", { ...hit("Rye", "strong", 0.9), timeBonus: 0.2 });
  expect(screen.getByText(/Time read as 23–29 November: what is of then/)).toBeTruthy();
  cleanup();

  readAs("March", hit("Rye", "strong", 0.9));
  expect(screen.getByText(/Time read as March: nothing is of then/)).toBeTruthy();
});
