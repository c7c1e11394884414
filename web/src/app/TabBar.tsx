import { NavLink } from "react-router";
import { places } from "./navigation";
import classes from "./Shell.module.css";

/** The navigation within reach of a thumb. */
export function TabBar() {
  return (
    <nav className={classes.tabbar} aria-label="Main">
      {places.map(({ label, path, icon: Picture }) => (
        <NavLink key={path} to={path} end={path === "/"} className={classes.tab}>
          <Picture size={21} stroke={1.6} aria-hidden />
          {label}
        </NavLink>
      ))}
    </nav>
  );
}
