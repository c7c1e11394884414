import { expect, test } from "vitest";
import {
  configuration,
  plain,
  sanitized,
  withoutAddresses,
  withoutSettings,
  withoutTags,
} from "./diagrams";

test("tags become text", () => {
  expect(withoutTags("A[<img src=x onerror=alert(1)>] --> B[</b>]")).toBe(
    "A[#lt;img src=x onerror=alert(1)>] --> B[#lt;/b>]",
  );
});

test("the signs of diagrams and line breaks stay", () => {
  const code = "A <--> B\nC <|-- D\n<<interface>> E\nF[one<br>two<br/>three]";
  expect(plain(code)).toBe(code);
});

test.each([
  '%%{init: {"securityLevel": "loose"}}%%\nflowchart LR',
  '%%{init: {\n"themeCSS": "x"}\n}%%\nflowchart LR',
  '%%%%{a}%%{init: {"htmlLabels": true}}%%\nflowchart LR',
  "---\nconfig:\n  themeCSS: x\n---\nflowchart LR",
  "%%{wrap}%%---\nconfig:\n  theme: x\n---\nflowchart LR",
])("a diagram has no settings of its own: %j", (code) => {
  const rest = withoutSettings(code);
  expect(rest).not.toMatch(/%%\{|config:/);
  expect(rest).toContain("flowchart LR");
});

test("a directive that is not closed is dropped too", () => {
  expect(withoutSettings('flowchart LR\n%%{init: {"theme": "x"}').trim()).toBe("flowchart LR");
});

test("Mermaid itself refuses settings that end up in CSS or HTML", () => {
  const { secure, securityLevel, htmlLabels } = configuration("light");
  expect([securityLevel, htmlLabels]).toEqual(["strict", false]);
  expect(secure).toEqual(
    expect.arrayContaining([
      "secure",
      "themeCSS",
      "themeVariables",
      "fontFamily",
      "dompurifyConfig",
    ]),
  );
});

test.each([
  "fill:url(http://192.0.2.1/a)",
  "mask:URL ( 'http://192.0.2.1/a')",
  "mask:u\\72l(http://192.0.2.1/a)",
  "mask:\\000075 rl(http://192.0.2.1/a)",
  "mask:\\u\\r\\l(http://192.0.2.1/a)",
  "background:image-set('http://192.0.2.1/a' 1x)",
  "background:-webkit-image-set('http://192.0.2.1/a' 1x)",
  "@import 'http://192.0.2.1/a';",
  "@im\\port 'http://192.0.2.1/a';",
])("nothing is loaded by %j", (css) => {
  expect(withoutAddresses(css)).not.toMatch(/url|image-set\s*\(|import|font-face/i);
});

test("references within the drawing and formulas stay", () => {
  const css =
    "marker-end:url(#arrow);filter:url('#shadow') A[$$\\frac{a}{b} \\alpha$$] rgb(1, 2, 3)";
  expect(withoutAddresses(css)).toBe(css);
});

test("the drawing keeps what it shows, and nothing that runs or loads", () => {
  const clean = sanitized(
    '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 10 10">' +
      "<style>@import url(http://192.0.2.1/a); .node { fill: red; mask: url(http://192.0.2.1/b) }</style>" +
      '<image href="http://192.0.2.1/c"/><feImage xlink:href="http://192.0.2.1/d"/>' +
      '<a xlink:href="http://192.0.2.1/e"><text>Kept</text></a><script>alert(1)</script>' +
      '<rect class="node" style="fill:url(http://192.0.2.1/f)" onload="alert(1)" marker-end="url(#arrow)"/>' +
      '<foreignObject><div xmlns="http://www.w3.org/1999/xhtml">Label<br/><img src="http://192.0.2.1/g"></div>' +
      "</foreignObject></svg>",
  );
  expect(clean).not.toMatch(/url\(http|import|href|onload|script|<image|img/i);
  const parsed = new DOMParser().parseFromString(clean, "image/svg+xml");
  expect(parsed.querySelector("parsererror")).toBeNull();
  for (const kept of ["Kept", "Label", "url(#arrow)", "fill: red", 'viewBox="0 0 10 10"']) {
    expect(clean).toContain(kept);
  }
});

test("a node is no picture", () => {
  expect(plain('A@{ img: "x", "i\\u006dg": "y" }')).toBe('A@{ none: "x", "iu006dg": "y" }');
});
