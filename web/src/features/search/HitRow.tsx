import { Link } from "react-router";
import type { SearchHit } from "@/api/schema";
import { around } from "@/lib/marks";
import { excerpt, nameOf } from "@/lib/text";
import { useTo } from "@/lib/useScope";
import { Kind } from "@/ui/Kind";
import { Marked } from "@/ui/Marked";
import { TagPill } from "@/ui/TagPill";
import { Tags } from "@/ui/Tags";
import { Time } from "@/ui/Time";
import { Validity } from "@/shared/Validity";
import { WorkspaceLink } from "@/shared/WorkspaceLink";
import classes from "./Search.module.css";
import { Why } from "./Why";

interface Props {
  hit: SearchHit;
  words: string[];
}

export function HitRow({ hit, words }: Props) {
  const to = useTo();
  const { memory, copies } = hit;
  const text = around(excerpt(memory.text ?? "", 20_000), words, 280);
  return (
    <li className={classes.hit} data-memory={memory.id}>
      <div>
        <Link to={to.memory(memory.id)} className={classes.name}>
          <bdi>
            <Marked text={nameOf(memory)} words={words} />
          </bdi>
        </Link>
        <p className={classes.text} dir="auto">
          <Marked text={text} words={words} />
        </p>
        <div className={classes.facts}>
          <Kind type={memory.type} />
          <Time at={memory.createdAt} />
          {memory.workspaceId && <WorkspaceLink id={memory.workspaceId} />}
          {copies > 1 && <span>{copies} copies</span>}
          {hit.nearDuplicateOf && <span>nearly the same as a better match</span>}
          <Validity memory={memory} />
          <Tags>
            {memory.tags.map((tag) => (
              <TagPill key={tag} component={Link} to={to.memories({ tag })}>
                <Marked text={tag} words={words} />
              </TagPill>
            ))}
          </Tags>
        </div>
      </div>
      <Why hit={hit} />
    </li>
  );
}
