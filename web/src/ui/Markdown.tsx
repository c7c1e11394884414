import { Skeleton } from "@mantine/core";
import { Component, lazy, type ReactNode, Suspense } from "react";
import classes from "./Markdown.module.css";
import { isTooMuch } from "./plainness";

const MarkdownView = lazy(async () => ({
  default: (await import("./MarkdownView")).MarkdownView,
}));

/**
 * A text as Markdown, or as it is where Markdown would keep the page busy or break it. Its renderer
 * is loaded when the first is shown.
 */
export function Markdown({ text }: { text: string }) {
  if (isTooMuch(text)) return <PlainText text={text} why="It has more marks than Markdown takes" />;
  return (
    <OrElse
      key={text}
      fallback={<PlainText text={text} why="It could not be rendered as Markdown" />}
    >
      <Suspense fallback={<Skeleton height={Math.min(400, 40 + text.length / 4)} />}>
        <MarkdownView text={text} />
      </Suspense>
    </OrElse>
  );
}

/** A text with nothing read into it. */
export function PlainText({ text, why }: { text: string; why: string }) {
  return (
    <>
      <p className={classes.why}>{why}: this is the text as it was stored.</p>
      <pre className={classes.plain}>{text}</pre>
    </>
  );
}

interface Props {
  children: ReactNode;
  fallback: ReactNode;
}

/** Shows the fallback in place of children that break, and leaves the rest of the page alone. */
export class OrElse extends Component<Props, { isBroken: boolean }> {
  override state = { isBroken: false };

  static getDerivedStateFromError() {
    return { isBroken: true };
  }

  override render() {
    return this.state.isBroken ? this.props.fallback : this.props.children;
  }
}
