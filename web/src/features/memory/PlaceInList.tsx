import { ActionIcon, Anchor, Group, Text } from "@mantine/core";
import { IconArrowLeft, IconChevronLeft, IconChevronRight } from "@tabler/icons-react";
import { Link, useNavigate } from "react-router";
import type { Memory } from "@/api/schema";
import { useMay } from "@/api/session";
import { useKeys } from "@/lib/keys";
import { to } from "@/lib/paths";
import { usePlaceInList } from "@/shared/lastList";
import { togglePinned } from "@/shared/memoryActions";

/** Back to the list one came from, and on to the memories beside this one. */
export function PlaceInList({ memory }: { memory: Memory }) {
  const place = usePlaceInList(memory.id);
  const mayWrite = useMay("write");
  const navigate = useNavigate();
  const go = (id: string | undefined) => {
    if (id !== undefined) void navigate(to.memory(id));
  };
  useKeys({
    j: () => go(place?.next),
    k: () => go(place?.previous),
    u: () => void navigate(place?.list.address ?? to.memories()),
    ...(mayWrite && {
      e: () => void navigate(to.edit(memory.id)),
      p: () => togglePinned(memory),
    }),
  });
  if (!place) return null;
  const { list, at, previous, next } = place;
  return (
    <Group component="nav" gap="xs" mb="xs" justify="space-between" aria-label="List">
      <Anchor component={Link} to={list.address} size="sm" c="dimmed">
        <Group gap={4} component="span">
          <IconArrowLeft size={15} aria-hidden />
          {list.name}
        </Group>
      </Anchor>
      <Group gap={4}>
        <Text size="sm" c="dimmed" mr={4}>
          {at + 1} of {list.ids.length}
        </Text>
        <Beside id={previous} label="Previous memory" Picture={IconChevronLeft} />
        <Beside id={next} label="Next memory" Picture={IconChevronRight} />
      </Group>
    </Group>
  );
}

interface BesideProps {
  id: string | undefined;
  label: string;
  Picture: typeof IconChevronLeft;
}

function Beside({ id, label, Picture }: BesideProps) {
  const picture = <Picture size={17} />;
  return id === undefined ? (
    <ActionIcon variant="subtle" color="gray" size="lg" aria-label={label} disabled>
      {picture}
    </ActionIcon>
  ) : (
    <ActionIcon
      component={Link}
      to={to.memory(id)}
      variant="subtle"
      color="gray"
      size="lg"
      aria-label={label}
    >
      {picture}
    </ActionIcon>
  );
}
