import { NavLink } from "react-router";
import { usePlaces } from "./navigation";
import classes from "./Shell.module.css";

/** The navigation within reach of a thumb. */
export function TabBar() {
  const places = usePlaces();
  return (
    <nav className={classes.tabbar} aria-label="Main">
      {places.map(({ name, label, path, icon: Picture }) => (
        <NavLink key={name} to={path} end={name === "memories"} className={classes.tab}>
          <Picture size={21} stroke={1.6} aria-hidden />
          {label}
        </NavLink>
      ))}
    </nav>
  );
}
