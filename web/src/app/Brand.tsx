import { Link } from "react-router";
import { to } from "@/lib/paths";
import classes from "./Shell.module.css";

export function Brand() {
  return (
    <Link to={to.memories()} className={classes.brand}>
      <img src="/favicon.svg" alt="" width={26} height={26} />
      Memorizer
    </Link>
  );
}
