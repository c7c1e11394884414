import { Link } from "react-router";
import { to } from "@/lib/paths";
import { ROOT } from "@/lib/root";
import classes from "./Shell.module.css";

export function Brand() {
  return (
    <Link to={to.memories()} className={classes.brand}>
      <img src={`${ROOT}/favicon.svg`} alt="" width={26} height={26} />
      Memorizer
    </Link>
  );
}
