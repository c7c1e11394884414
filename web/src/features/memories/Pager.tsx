import { Button, Group, Text } from "@mantine/core";
import { IconChevronLeft, IconChevronRight } from "@tabler/icons-react";
import { usePages } from "./usePages";

export function Pager({ next }: { next: string | undefined }) {
  const pages = usePages();
  if (pages.isFirst && !next) return null;
  return (
    <Group component="nav" justify="space-between" mt="md" aria-label="Pages">
      <Button
        variant="default"
        size="sm"
        leftSection={<IconChevronLeft size={16} />}
        disabled={pages.isFirst}
        onClick={pages.previous}
      >
        Newer
      </Button>
      <Text size="sm" c="dimmed">
        {pages.isFirst || pages.page > 1 ? `Page ${pages.page}` : ""}
      </Text>
      <Button
        variant="default"
        size="sm"
        rightSection={<IconChevronRight size={16} />}
        disabled={!next}
        onClick={() => next && pages.next(next)}
      >
        Older
      </Button>
    </Group>
  );
}
