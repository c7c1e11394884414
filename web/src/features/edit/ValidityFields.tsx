import { Button, Collapse, SimpleGrid } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconChevronDown, IconChevronRight } from "@tabler/icons-react";
import { MemorySelect } from "@/shared/MemorySelect";
import { Day } from "@/ui/Day";
import { type DraftFieldProps, lastDay } from "./draft";

interface Props extends DraftFieldProps {
  /** The id of the memory, if it is stored already. */
  id?: string;
}

/** When a memory holds, and what it takes the place of; collapsed at first. */
export function ValidityFields({ draft, change, id }: Props) {
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
        Validity and what it replaces
      </Button>
      <Collapse expanded={isOpen}>
        <MemorySelect
          label="Replaces"
          description="What is not so any more; searches leave it out."
          value={draft.replaces}
          onChange={(replaces) => change({ replaces })}
          without={id}
        />
        <SimpleGrid cols={{ base: 1, sm: 3 }} mt="xs">
          <Day
            label="Valid from"
            value={draft.validFrom.slice(0, 10)}
            onChange={(validFrom) => change({ validFrom })}
          />
          <Day
            label="Valid until"
            value={lastDay(draft.validUntil)}
            onChange={(validUntil) => change({ validUntil })}
          />
          <Day
            label="Review on"
            value={draft.reviewAt.slice(0, 10)}
            onChange={(reviewAt) => change({ reviewAt })}
          />
        </SimpleGrid>
      </Collapse>
    </>
  );
}
