const NAMES: Record<string, string> = {
  title: "Title",
  type: "Type",
  tags: "Tags",
  source: "Source",
  confidence: "Confidence",
  text: "Text",
  key: "Key",
  metadata: "Metadata",
  validFrom: "Valid from",
  validUntil: "Valid until",
  reviewAt: "Review on",
  happenedAt: "Happened",
};

/** What a field of a memory is called on the page. */
export function fieldName(field: string): string {
  return NAMES[field] ?? field;
}

/** A field's value in words. */
export function fieldValue(value: unknown): string {
  if (value === null || value === undefined || value === "") return "none";
  if (Array.isArray(value)) return value.length > 0 ? value.join(", ") : "none";
  if (typeof value === "object") {
    const pairs = Object.entries(value).map(([name, each]) => `${name}: ${String(each)}`);
    return pairs.length > 0 ? pairs.join(", ") : "none";
  }
  return String(value);
}
