import { Link } from "react-router";
import { useTo } from "@/lib/useScope";
import { ROOT } from "@/lib/root";
import classes from "./Shell.module.css";

export function Brand() {
  return (
    <Link to={useTo().memories()} className={classes.brand}>
      <img src={`${ROOT}/favicon.svg`} alt="" width={26} height={26} />
      Memorizer
    </Link>
  );
}
