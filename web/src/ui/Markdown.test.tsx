import { MantineProvider } from "@mantine/core";
import { cleanup, render, screen } from "@testing-library/react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Markdown, OrElse, PlainText } from "./Markdown";

const HANG = { timeout: 300_000 }; // a busy machine is no failure

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
  vi.restoreAllMocks();
});

function Broken(): never {
  throw new RangeError("Maximum call stack size exceeded");
}

test("a text that breaks its renderer breaks nothing beside it", () => {
  vi.spyOn(console, "error").mockImplementation(() => {}); // React tells of it
  render(
    <>
      <button type="button">Edit</button>
      <OrElse fallback={<PlainText text="# as *stored*" why="It broke" />}>
        <Broken />
      </OrElse>
    </>,
  );
  expect(screen.getByText("# as *stored*")).toBeTruthy();
  expect(screen.getByRole("button", { name: "Edit" })).toBeTruthy();
});

test("a hostile text is shown at once, as it is", () => {
  const text = "[".repeat(60_000);
  render(
    <MantineProvider>
      <Markdown text={text} />
    </MantineProvider>,
  );
  expect(screen.getByText(text)).toBeTruthy();
});

test("an ordinary text is rendered", async () => {
  render(
    <MantineProvider>
      <Markdown text="# Tea" />
    </MantineProvider>,
  );
  expect(await screen.findByRole("heading", { name: "Tea" }, HANG)).toBeTruthy();
});
