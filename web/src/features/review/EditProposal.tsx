import { Button, Group, Select, Stack, TagsInput, Textarea, TextInput } from "@mantine/core";
import { useState } from "react";
import type { Acceptance, Proposal, ProposalKind } from "@/api/schema";
import { nameOfProposed, text, texts } from "./words";

type Field = "keep" | "title" | "text" | "tags";

const FIELDS: Partial<Record<ProposalKind, Field[]>> = {
  replace: ["keep", "text"],
  merge: ["title", "text", "tags"],
  new: ["title", "text", "tags"],
  retitle: ["title"],
  retag: ["tags"],
};

/** Whether a proposal can be accepted otherwise than it is. */
export function isEditable({ kind }: Proposal): boolean {
  return kind in FIELDS;
}

interface Props {
  proposal: Proposal;
  onAccept: (edit: Partial<Acceptance>) => void;
  onCancel: () => void;
}

/** The suggestion as a form; only what was changed is sent. */
export function EditProposal({ proposal, onAccept, onCancel }: Props) {
  const { suggestion, memories, kind } = proposal;
  const [edit, setEdit] = useState<Partial<Acceptance>>({});
  const change = (some: Partial<Acceptance>) => setEdit((old) => ({ ...old, ...some }));
  const has = (field: Field) => FIELDS[kind]?.includes(field);
  const title = edit.title ?? text(suggestion.title);
  const words = edit.text ?? text(suggestion.text);
  const tags = edit.tags ?? texts(suggestion.tags);
  return (
    <form
      aria-label="Edit and accept"
      onSubmit={(event) => {
        event.preventDefault();
        onAccept(edit);
      }}
    >
      <Stack gap="sm" maw="40rem">
        {has("keep") && (
          <Select
            label="Which replaces the others"
            data={memories.map((each) => ({ value: each.id, label: nameOfProposed(each) }))}
            value={edit.keep ?? memories[0]?.id ?? null}
            onChange={(keep) => change({ keep })}
            allowDeselect={false}
          />
        )}
        {has("title") && (
          <TextInput
            label="Title"
            dir="auto"
            maxLength={200}
            value={title}
            onChange={(event) => change({ title: event.currentTarget.value })}
          />
        )}
        {has("text") && (
          <Textarea
            label="Text"
            description={kind === "replace" ? "Leave empty to keep its own text." : undefined}
            dir="auto"
            autosize
            minRows={3}
            maxRows={16}
            value={words}
            onChange={(event) => change({ text: event.currentTarget.value || null })}
          />
        )}
        {has("tags") && (
          <TagsInput label="Tags" value={tags} onChange={(next) => change({ tags: next })} />
        )}
        <Group gap="xs">
          <Button type="submit" size="compact-sm">
            Accept as edited
          </Button>
          <Button size="compact-sm" variant="subtle" color="gray" onClick={onCancel}>
            Cancel
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
