import { expect, test } from "vitest";
import { withoutTags } from "./diagrams";

test("tags become text", () => {
  expect(withoutTags("A[<img src=x onerror=alert(1)>] --> B[</b>]")).toBe(
    "A[#lt;img src=x onerror=alert(1)>] --> B[#lt;/b>]",
  );
});

test("the signs of diagrams and line breaks stay", () => {
  const code = "A <--> B\nC <|-- D\n<<interface>> E\nF[one<br>two<br/>three]";
  expect(withoutTags(code)).toBe(code);
});
