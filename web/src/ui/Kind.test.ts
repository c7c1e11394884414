import { expect, test } from "vitest";
import { hueOf } from "./Kind";

test("usual types have colours that can be told apart", () => {
  const types = ["note", "decision", "how-to", "incident", "fact", "preference", "convention"];
  const hues = types.map(hueOf).sort((a, b) => a - b);
  const gaps = hues.map((hue, at) => ((hues[at + 1] ?? (hues[0] ?? 0) + 360) - hue) % 360);
  expect(Math.min(...gaps)).toBeGreaterThanOrEqual(30);
  expect(hueOf("Decision")).toBe(hueOf("decision"));
});
