import type { ComponentPropsWithoutRef, ElementType } from "react";
import classes from "./TagPill.module.css";

type Props<E extends ElementType> = { component?: E } & Omit<
  ComponentPropsWithoutRef<E>,
  "className"
>;

/** A tag; with `component={Link}` it leads to all memories that bear it. */
export function TagPill<E extends ElementType = "span">({ component, ...rest }: Props<E>) {
  const Component: ElementType = component ?? "span";
  return <Component className={classes.pill} {...rest} />;
}
