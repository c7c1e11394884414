import { Autocomplete, Button, Group, Kbd, SimpleGrid, TagsInput, TextInput } from "@mantine/core";
import { useHotkeys } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Link } from "react-router";
import { memories } from "@/api/memories";
import { useScope } from "@/lib/useScope";
import { type Draft, type DraftFieldProps, metadataOf } from "./draft";
import { Editor } from "./Editor";
import { AdvancedFields } from "./AdvancedFields";
import { ValidityFields } from "./ValidityFields";

interface Props {
  draft: Draft;
  onChange: (draft: Draft) => void;
  onSave: () => void;
  isSaving: boolean;
  saveLabel: string;
  cancelTo: string;
  /** The memory's id, if it is stored already. */
  id?: string;
  /** A field for where it goes. */
  place?: ReactNode;
}

export function MemoryForm({
  draft,
  onChange,
  onSave,
  isSaving,
  saveLabel,
  cancelTo,
  id,
  place,
}: Props) {
  const change = (changed: Partial<Draft>) => onChange({ ...draft, ...changed });
  const canSave = draft.text.trim() !== "" && metadataOf(draft.metadata) !== undefined && !isSaving;
  const save = () => canSave && onSave();
  // in the fields too, which are left out otherwise
  useHotkeys(
    [
      ["mod+Enter", save],
      ["mod+S", save],
    ],
    [],
  );
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        save();
      }}
    >
      {place}
      <TextInput
        label="Title"
        dir="auto"
        placeholder="Will be written for you"
        description="Leave empty to have a title written for you."
        maxLength={200}
        mb="md"
        value={draft.title}
        onChange={(event) => change({ title: event.currentTarget.value })}
      />
      <Editor value={draft.text} onChange={(text) => change({ text })} />
      <Labels draft={draft} change={change} />
      <ValidityFields draft={draft} change={change} id={id} />
      <AdvancedFields draft={draft} change={change} />
      <Group mt="xl" gap="sm">
        <Button type="submit" loading={isSaving} disabled={!canSave}>
          {saveLabel}
        </Button>
        <Button component={Link} to={cancelTo} variant="subtle" color="gray">
          Cancel
        </Button>
        <Group gap={4} ml="auto" visibleFrom="sm" aria-hidden>
          <Kbd size="xs">Ctrl</Kbd>
          <Kbd size="xs">Enter</Kbd>
        </Group>
      </Group>
    </form>
  );
}

function Labels({ draft, change }: DraftFieldProps) {
  const scope = useScope();
  const tags = useQuery(memories.tags(scope)).data?.tags ?? [];
  const types = useQuery(memories.types(scope)).data?.types ?? [];
  return (
    <SimpleGrid cols={{ base: 1, sm: 2 }} mt="md">
      <TagsInput
        label="Tags"
        placeholder={draft.tags.length > 0 ? undefined : "Enter or comma adds one"}
        data={tags.map(({ name }) => name)}
        limit={20}
        maxTags={50}
        clearable
        splitChars={[","]}
        acceptValueOnBlur
        value={draft.tags}
        onChange={(chosen) => change({ tags: chosen })}
      />
      <Autocomplete
        label="Type"
        placeholder="note"
        maxLength={100}
        data={[...new Set([...types.map(({ name }) => name), ...USUAL_TYPES])]}
        value={draft.type}
        onChange={(type) => change({ type })}
      />
    </SimpleGrid>
  );
}

const USUAL_TYPES = ["note", "reference", "how-to", "decision", "document", "conversation"];
