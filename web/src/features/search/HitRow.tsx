import { Link } from "react-router";
import type { SearchHit } from "@/api/schema";
import { around } from "@/lib/marks";
import { to } from "@/lib/paths";
import { excerpt, nameOf } from "@/lib/text";
import { Kind } from "@/ui/Kind";
import { Marked } from "@/ui/Marked";
import { TagPill } from "@/ui/TagPill";
import { Tags } from "@/ui/Tags";
import { Time } from "@/ui/Time";
import classes from "./Search.module.css";
import { Why } from "./Why";

interface Props {
  hit: SearchHit;
  words: string[];
}

export function HitRow({ hit, words }: Props) {
  const { memory, copies } = hit;
  const text = around(excerpt(memory.text ?? "", 20_000), words, 280);
  return (
    <li className={classes.hit}>
      <div>
        <Link to={to.memory(memory.id)} className={classes.name}>
          <Marked text={nameOf(memory)} words={words} />
        </Link>
        <p className={classes.text}>
          <Marked text={text} words={words} />
        </p>
        <div className={classes.facts}>
          <Kind type={memory.type} />
          <Time at={memory.createdAt} />
          {copies > 1 && <span>{copies} copies</span>}
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
