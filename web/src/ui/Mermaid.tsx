import { Loader, useComputedColorScheme } from "@mantine/core";
import { useEffect, useState } from "react";
import { draw, type Drawing } from "./diagrams";
import classes from "./Markdown.module.css";

/** A diagram. As a picture of its own it can hold neither scripts nor links that work. */
export function Mermaid({ code }: { code: string }) {
  const scheme = useComputedColorScheme("light");
  const [drawing, setDrawing] = useState<Drawing>();

  // Mermaid draws outside of React, and takes its time
  useEffect(() => {
    let isWanted = true;
    void draw(code, scheme).then((drawn) => isWanted && setDrawing(drawn));
    return () => {
      isWanted = false;
    };
  }, [code, scheme]);

  if (drawing === undefined)
    return <Loader size="sm" my="md" role="status" aria-label="Drawing the diagram" />;
  if ("problem" in drawing) {
    return (
      <figure className={classes.diagram}>
        <figcaption>This diagram cannot be drawn: {drawing.problem}</figcaption>
        <pre>{code}</pre>
      </figure>
    );
  }
  return (
    <figure className={classes.diagram}>
      <img src={drawing.url} alt={`Diagram: ${code}`} style={{ width: drawing.width }} />
    </figure>
  );
}
