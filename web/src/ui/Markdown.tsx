import { Skeleton } from "@mantine/core";
import { lazy, Suspense } from "react";

const MarkdownView = lazy(async () => ({
  default: (await import("./MarkdownView")).MarkdownView,
}));

/** A text as Markdown. Its renderer is loaded when the first is shown. */
export function Markdown({ text }: { text: string }) {
  return (
    <Suspense fallback={<Skeleton height={Math.min(400, 40 + text.length / 4)} />}>
      <MarkdownView text={text} />
    </Suspense>
  );
}
