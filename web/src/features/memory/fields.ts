const NAMES: Record<string, string> = {
  title: "Title",
  type: "Type",
  tags: "Tags",
  source: "Source",
  confidence: "Confidence",
  text: "Text",
};

/** What a field of a memory is called on the page. */
export function fieldName(field: string): string {
  return NAMES[field] ?? field;
}

/** A field's value in words. */
export function fieldValue(value: unknown): string {
  if (value === null || value === undefined || value === "") return "none";
  if (Array.isArray(value)) return value.length > 0 ? value.join(", ") : "none";
  return String(value);
}
