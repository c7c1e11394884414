import { IconFolder } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "react-router";
import { workspaces } from "@/api/workspaces";
import { to } from "@/lib/paths";
import classes from "./WorkspaceLink.module.css";

/** The workspace that a memory is in, by its path; nothing until that is known. */
export function WorkspaceLink({ id }: { id: string }) {
  const tree = useQuery(workspaces.tree()).data ?? [];
  const place = tree.find((each) => each.id === id);
  if (!place) return null;
  return (
    <Link to={to.workspace(place.path)} className={classes.link} title={place.path}>
      <IconFolder size={13} stroke={1.7} aria-hidden />
      <bdi>{place.path}</bdi>
    </Link>
  );
}
