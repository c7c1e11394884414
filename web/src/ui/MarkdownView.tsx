import "./highlight.css";
import { isValidElement, type ReactNode } from "react";
import ReactMarkdown, { type Components, type Options } from "react-markdown";
import rehypeHighlight from "rehype-highlight";
import rehypeSanitize from "rehype-sanitize";
import remarkGfm from "remark-gfm";
import classes from "./Markdown.module.css";
import { Mermaid } from "./Mermaid";

/**
 * Memories hold what anybody wrote: HTML in them is shown as text or dropped, links lead to
 * addresses only, and pictures are links, for fetching one would tell its server who reads.
 * The page has the first heading already, so theirs begin below it.
 */
const components: Components = {
  h1: "h2",
  h2: "h3",
  h3: "h4",
  h4: "h5",
  h5: "h6",
  a: ({ href, children }) => (
    <a href={href} target="_blank" rel="noopener noreferrer nofollow">
      {children}
    </a>
  ),
  img: ({ src, alt }) => (
    <a href={src} target="_blank" rel="noopener noreferrer nofollow">
      Picture: {alt || src}
    </a>
  ),
  pre: ({ children }) => {
    const diagram = diagramOf(children);
    return diagram === undefined ? <pre tabIndex={0}>{children}</pre> : <Mermaid code={diagram} />;
  },
  table: ({ children }) => (
    <section className={classes.table} aria-label="Table" tabIndex={0}>
      <table>{children}</table>
    </section>
  ),
};
const remarkPlugins = [remarkGfm];
const rehypePlugins: Options["rehypePlugins"] = [
  rehypeSanitize,
  [rehypeHighlight, { plainText: ["mermaid"] }],
];

export function MarkdownView({ text }: { text: string }) {
  return (
    <div className={classes.markdown} dir="auto">
      <ReactMarkdown
        remarkPlugins={remarkPlugins}
        rehypePlugins={rehypePlugins}
        components={components}
      >
        {text}
      </ReactMarkdown>
    </div>
  );
}

/** The source of a Mermaid block. */
function diagramOf(children: ReactNode): string | undefined {
  if (!isValidElement<{ className?: string; children?: ReactNode }>(children)) return undefined;
  const { className = "", children: code } = children.props;
  return className.includes("language-mermaid") ? String(code) : undefined;
}
