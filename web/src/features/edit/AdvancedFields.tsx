import { Button, Collapse, Input, SimpleGrid, Slider, TextInput } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconChevronDown, IconChevronRight } from "@tabler/icons-react";
import type { DraftFieldProps } from "./draft";

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
        Source and confidence
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
        </SimpleGrid>
      </Collapse>
    </>
  );
}
