import { Badge, Button, Group } from "@mantine/core";
import { useState } from "react";
import { Link } from "react-router";
import type { Proposal, ProposedMemory } from "@/api/schema";
import { useMay } from "@/api/session";
import { to } from "@/lib/paths";
import { WorkspaceLink } from "@/shared/WorkspaceLink";
import { Time } from "@/ui/Time";
import { EditProposal, isEditable } from "./EditProposal";
import classes from "./ProposalRow.module.css";
import type { Deciding } from "./useDeciding";
import { deed, kindName, nameOfProposed, newText } from "./words";

interface Props {
  proposal: Proposal;
  deciding: Deciding;
}

/** One proposal: why, what it would do, the memories side by side, and what to do with it. */
export function ProposalRow({ proposal, deciding }: Props) {
  const text = newText(proposal);
  const [isEditing, setIsEditing] = useState(false);
  return (
    <li className={classes.row}>
      <div className={classes.facts}>
        <span className={classes.kind}>{kindName(proposal.kind)}</span>
        {proposal.recommended && (
          <Badge size="sm" variant="light">
            Recommended
          </Badge>
        )}
        {proposal.state === "stale" && (
          <Badge size="sm" color="gray" variant="light">
            Stale: something changed since
          </Badge>
        )}
        <span title="How sure it is">{proposal.score.toFixed(2)}</span>
        {proposal.workspaceId && <WorkspaceLink id={proposal.workspaceId} />}
        <Time at={proposal.createdAt} />
      </div>
      <p className={classes.reason}>
        {proposal.reason} {deed(proposal)}
      </p>
      <div className={classes.texts}>
        {text !== undefined && (
          <div className={classes.one}>
            <span className={classes.name}>New</span>
            <p className={classes.text} dir="auto">
              {text}
            </p>
          </div>
        )}
        {proposal.memories.map((memory) => (
          <Named key={memory.id} memory={memory} />
        ))}
      </div>
      {isEditing ? (
        <EditProposal
          proposal={proposal}
          onAccept={(edit) => deciding.accept(proposal.id, edit)}
          onCancel={() => setIsEditing(false)}
        />
      ) : (
        <Decisions proposal={proposal} deciding={deciding} onEdit={() => setIsEditing(true)} />
      )}
    </li>
  );
}

function Named({ memory }: { memory: ProposedMemory }) {
  return (
    <div className={classes.one}>
      <Link to={to.memory(memory.id)} className={classes.name}>
        {nameOfProposed(memory)}
      </Link>
      {memory.text && (
        <p className={classes.text} dir="auto">
          {memory.text}
        </p>
      )}
    </div>
  );
}

function Decisions({ proposal, deciding, onEdit }: Props & { onEdit: () => void }) {
  const mayDecide = useMay("write");
  const { state, changeSetId, id } = proposal;
  const named = `${kindName(proposal.kind)}: ${proposal.memories.map(nameOfProposed).join(", ")}`;
  if (!mayDecide) return null;
  if (state === "accepted")
    return (
      <Group gap="xs">
        <Button
          size="compact-sm"
          variant="default"
          onClick={() => changeSetId && deciding.undo(changeSetId)}
          aria-label={`Undo: ${named}`}
        >
          Undo
        </Button>
      </Group>
    );
  if (state === "declined")
    return (
      <Group gap="xs">
        <Button
          size="compact-sm"
          variant="default"
          onClick={() => deciding.reopen(id)}
          aria-label={`Reopen: ${named}`}
        >
          Reopen
        </Button>
      </Group>
    );
  return (
    <Group gap="xs">
      {state !== "stale" && (
        <Button
          size="compact-sm"
          onClick={() => deciding.accept(id)}
          aria-label={`Accept: ${named}`}
        >
          Accept
        </Button>
      )}
      {state !== "stale" && isEditable(proposal) && (
        <Button
          size="compact-sm"
          variant="default"
          onClick={onEdit}
          aria-label={`Edit and accept: ${named}`}
        >
          Edit…
        </Button>
      )}
      {state !== "stale" && proposal.cluster && (
        <Button
          size="compact-sm"
          variant="default"
          onClick={() => deciding.acceptCluster(id)}
          aria-label={`Accept the whole cluster: ${named}`}
        >
          Whole cluster
        </Button>
      )}
      <Button
        size="compact-sm"
        variant="default"
        onClick={() => deciding.decline(id)}
        aria-label={`Decline: ${named}`}
      >
        Decline
      </Button>
      {state === "open" && (
        <Button
          size="compact-sm"
          variant="subtle"
          onClick={() => deciding.putOff(id)}
          aria-label={`Later: ${named}`}
        >
          Later
        </Button>
      )}
    </Group>
  );
}
