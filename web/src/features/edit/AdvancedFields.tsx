import { Button, Collapse, Input, JsonInput, SimpleGrid, Slider, TextInput } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconChevronDown, IconChevronRight } from "@tabler/icons-react";
import { type DraftFieldProps, metadataOf } from "./draft";

/** The fields seldom changed by hand, collapsed at first. */
export function AdvancedFields({ draft, change }: DraftFieldProps) {
  const [isOpen, { toggle }] = useDisclosure(false);
  const Chevron = isOpen ? IconChevronDown : IconChevronRight;
  return (
    <>
      <Button
        mt="sm"
        px={4}
        size="compact-sm"
        variant="subtle"
        color="gray"
        leftSection={<Chevron size={15} />}
        aria-expanded={isOpen}
        onClick={toggle}
      >
        Source, confidence, key and metadata
      </Button>
      <Collapse expanded={isOpen}>
        <SimpleGrid cols={{ base: 1, sm: 2 }} mt="xs">
          <TextInput
            label="Source"
            maxLength={100}
            value={draft.source}
            onChange={(event) => change({ source: event.currentTarget.value })}
          />
          <Input.Wrapper
            label={`Confidence: ${Math.round(draft.confidence * 100)} %`}
            labelElement="div"
          >
            <Slider
              mt={10}
              min={0}
              max={1}
              step={0.05}
              label={null}
              thumbLabel="Confidence"
              value={draft.confidence}
              onChange={(confidence) => change({ confidence })}
            />
          </Input.Wrapper>
          <TextInput
            label="Key"
            placeholder="projects/billing/decisions.md"
            description="A name of your own for it, as a path."
            value={draft.key}
            onChange={(event) => change({ key: event.currentTarget.value })}
          />
          <JsonInput
            label="Metadata"
            placeholder={'{"ticket": "X-1"}'}
            description="A JSON object of texts, numbers, true, false and null."
            error={metadataOf(draft.metadata) === undefined && "This is no JSON object."}
            autosize
            minRows={1}
            value={draft.metadata}
            onChange={(metadata) => change({ metadata })}
          />
        </SimpleGrid>
      </Collapse>
    </>
  );
}
