import { Box, type BoxProps } from "@mantine/core";
import type { ComponentPropsWithoutRef } from "react";
import classes from "./Panel.module.css";

type Props = BoxProps & ComponentPropsWithoutRef<"section"> & { flush?: boolean };

/** A sheet of paper: what belongs together on a page. `flush` leaves the margins to the content. */
export function Panel({ flush = false, className = "", ...rest }: Props) {
  return (
    <Box
      component="section"
      className={`${classes.panel} ${className}`}
      mod={{ flush }}
      {...rest}
    />
  );
}
