import { type ComboboxItem, Select, type SelectProps } from "@mantine/core";
import { useEffect, useRef, useState } from "react";
import { count } from "@/lib/text";
import { depthOf, matching, parentPath } from "@/lib/tree";
import classes from "./WorkspaceSelect.module.css";

interface Place {
  path: string;
  name: string;
  memories: number;
}

interface Props extends Omit<
  SelectProps,
  "data" | "value" | "onChange" | "filter" | "renderOption"
> {
  places: readonly Place[];
  /** What can be chosen beside workspaces, above them. */
  others?: ComboboxItem[];
  value: string | null;
  onChange: (value: string) => void;
}

/** Chooses a workspace by its path, from the tree; typing filters by name and path. */
export function WorkspaceSelect({ places, others = [], value, onChange, ...rest }: Props) {
  const [typed, setTyped] = useState("");
  const input = useRef<HTMLInputElement>(null);
  // what is typed next replaces the label of what was chosen, also while the focus stays
  useEffect(() => {
    const frame = requestAnimationFrame(() => {
      if (document.activeElement === input.current) input.current?.select();
    });
    return () => cancelAnimationFrame(frame);
  }, [value]);
  const known = [...others, ...places.map(({ path }) => ({ value: path, label: path }))];
  const isUnknown = value !== null && !known.some((each) => each.value === value);
  const label = known.find((each) => each.value === value)?.label ?? value ?? "";
  const isFiltered = typed !== "" && typed !== label;
  return (
    <Select
      searchable
      allowDeselect={false}
      selectFirstOptionOnChange={isFiltered}
      maxDropdownHeight={320}
      nothingFoundMessage="No workspace fits"
      comboboxProps={{ width: "max-content", position: "bottom-start", withinPortal: true }}
      classNames={{ dropdown: classes.dropdown, option: classes.option }}
      checkIconPosition="right"
      {...rest}
      ref={input}
      data={isUnknown ? [...known, { value, label: value }] : known}
      filter={({ options, search }) => fitting(options as ComboboxItem[], search, places)}
      renderOption={({ option, checked }) => {
        const place = places.find(({ path }) => path === option.value);
        if (!place) return <span data-chosen={checked || undefined}>{option.label}</span>;
        return <Option {...{ place, all: places, isFiltered, checked }} />;
      }}
      searchValue={typed}
      onSearchChange={setTyped}
      onFocus={(event) => event.currentTarget.select()}
      value={value}
      onChange={(chosen) => chosen !== null && onChange(chosen)}
    />
  );
}

interface OptionProps {
  place: Place;
  all: readonly Place[];
  isFiltered: boolean;
  checked?: boolean;
}

/** Indented in the whole tree; among what was filtered its path says where it lies. */
function Option({ place, all, isFiltered, checked }: OptionProps) {
  const depth = isFiltered ? 0 : depthOf(place.path, all);
  const above = parentPath(place.path);
  return (
    <span
      className={classes.place}
      data-chosen={checked || undefined}
      style={{ paddingInlineStart: `${depth * 1.125}rem` }}
    >
      <span className={classes.words}>
        <bdi>{place.name}</bdi>
        {isFiltered && above && <span className={classes.above}>{above}</span>}
      </span>
      <span className={classes.count}>{count(place.memories)}</span>
    </span>
  );
}

function fitting(
  options: ComboboxItem[],
  search: string,
  places: readonly Place[],
): ComboboxItem[] {
  if (!search.trim()) return options;
  const fits = new Set(matching(search, places).map(({ path }) => path));
  const word = search.trim().toLocaleLowerCase();
  return options.filter(
    ({ value, label }) => fits.has(value) || label.toLocaleLowerCase().includes(word),
  );
}
