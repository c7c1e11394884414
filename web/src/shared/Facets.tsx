import { Button, Group, Menu, Text } from "@mantine/core";
import { IconChevronDown } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useLocation, useNavigate } from "react-router";
import { type FacetQuery, memories } from "@/api/memories";
import { between, daysAgo, TIME_PRESETS } from "@/lib/days";
import { switched } from "@/lib/paths";
import { useStore } from "@/lib/store";
import { count, folded } from "@/lib/text";
import { now } from "@/lib/time";
import { useScope } from "@/lib/useScope";

/** What facets can narrow; days are as addresses have them. */
export interface FacetChoices {
  types: string[];
  tags: string[];
  sources: string[];
  from: string;
  until: string;
}

interface Props {
  choices: FacetChoices;
  /** The conditions under which memories are counted. */
  conditions: FacetQuery;
  onChange: (change: Partial<FacetChoices>) => void;
}

/** A menu for each facet; each entry says how many memories choosing it leaves. */
export function Facets({ choices, conditions, onChange }: Props) {
  const present = useStore(now);
  const scope = useScope();
  const { pathname, search } = useLocation();
  const navigate = useNavigate();
  const [isWanted, setWanted] = useState(false);
  const starts = TIME_PRESETS.map(({ days, label }) => ({ label, day: daysAgo(days, present) }));
  const since = starts.flatMap(({ day }) => between(day, "").createdAfter ?? []);
  const facets = useQuery({
    ...memories.facets({ ...conditions, since }),
    enabled: isWanted, // nothing is counted before a menu is opened
  }).data;
  const toggled = (chosen: string[], name: string) =>
    isIn(chosen, name) ? chosen.filter((each) => !isIn([each], name)) : [...chosen, name];
  const enter = (workspace: string) =>
    void navigate(
      switched(
        pathname,
        new URLSearchParams(search),
        scope.workspace === workspace ? {} : { workspace },
      ),
    );
  const times = starts.map(({ label, day }, index) => ({
    name: label,
    count: facets?.since[index]?.count ?? 0,
    day,
  }));
  const spanned = times.filter(({ day }) => !choices.until && day === choices.from);
  return (
    <Group gap="xs" my="sm" role="group" aria-label="Narrow down">
      {(
        [
          ["Workspace", facets?.workspaces, scope.workspace ? [scope.workspace] : [], enter],
          [
            "Type",
            facets?.types,
            choices.types,
            (name) => onChange({ types: toggled(choices.types, name) }),
          ],
          [
            "Tag",
            facets?.tags,
            choices.tags,
            (name) => onChange({ tags: toggled(choices.tags, name) }),
          ],
          [
            "Source",
            facets?.sources,
            choices.sources,
            (name) => onChange({ sources: toggled(choices.sources, name) }),
          ],
          [
            "Stored",
            facets && times,
            spanned.map(({ name }) => name),
            (name) => onChange({ from: startOf(name, times, choices.from), until: "" }),
          ],
        ] satisfies [string, Entry[] | undefined, string[], (name: string) => void][]
      ).map(([label, entries, chosen, toggle]) => (
        <FacetMenu
          key={label}
          label={label}
          entries={entries}
          chosen={chosen}
          onToggle={toggle}
          onOpen={() => setWanted(true)}
        />
      ))}
    </Group>
  );
}

interface Entry {
  name: string;
  count: number;
}

interface MenuProps {
  label: string;
  entries: Entry[] | undefined;
  chosen: string[];
  onToggle: (name: string) => void;
  onOpen: () => void;
}

function FacetMenu({ label, entries, chosen, onToggle, onOpen }: MenuProps) {
  return (
    // a focusable placeholder would be a child that no menu may have
    <Menu position="bottom-start" width={260} withInitialFocusPlaceholder={false} onOpen={onOpen}>
      <Menu.Target>
        <Button
          size="compact-md"
          variant={chosen.length > 0 ? "light" : "default"}
          rightSection={<IconChevronDown size={15} stroke={1.6} aria-hidden />}
        >
          {label}
        </Button>
      </Menu.Target>
      <Menu.Dropdown
        mah="min(24rem, 60dvh)"
        style={{ overflowY: "auto" }}
        aria-busy={entries === undefined}
      >
        {entries?.length === 0 && <Menu.Item disabled>None has any</Menu.Item>}
        {entries === undefined && <Menu.Label>Counting…</Menu.Label>}
        {entries?.map((entry) => (
          <Menu.CheckboxItem
            key={entry.name}
            checked={isIn(chosen, entry.name)}
            onChange={() => onToggle(entry.name)}
            rightSection={
              <Text size="xs" c="dimmed">
                {count(entry.count)}
              </Text>
            }
          >
            <span dir="auto" style={{ overflowWrap: "anywhere" }}>
              {entry.name}
            </span>
          </Menu.CheckboxItem>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}

function isIn(chosen: string[], name: string): boolean {
  return chosen.some((each) => folded(each) === folded(name));
}

/** The first day of a time preset; empty if it is the one that is chosen. */
function startOf(name: string, times: { name: string; day: string }[], chosen: string): string {
  const day = times.find((each) => each.name === name)?.day ?? "";
  return day === chosen ? "" : day;
}
