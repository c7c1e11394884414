import { CloseButton, Kbd, Loader, TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { IconSearch } from "@tabler/icons-react";
import { useState } from "react";

const PAUSE_MS = 180;

interface Props {
  query: string;
  busy: boolean;
  onSearch: (query: string) => void;
}

/** Searches while one types; follows the address when that is changed from elsewhere. */
export function SearchBox({ query, busy, onSearch }: Props) {
  const [text, setText] = useState(query);
  const [known, setKnown] = useState(query);
  if (query !== known) {
    setKnown(query);
    setText(query);
  }
  const searchNow = (wanted: string) => {
    setKnown(wanted.trim());
    onSearch(wanted.trim());
  };
  const searchSoon = useDebouncedCallback(searchNow, PAUSE_MS);
  const type = (typed: string) => {
    setText(typed);
    searchSoon(typed);
  };
  return (
    <form
      role="search"
      onSubmit={(event) => {
        event.preventDefault();
        searchNow(text);
      }}
    >
      <TextInput
        type="search"
        size="lg"
        autoFocus
        dir="auto"
        aria-label="Search"
        placeholder="Search your memories"
        maxLength={20_000}
        value={text}
        onChange={(event) => type(event.currentTarget.value)}
        leftSection={busy ? <Loader size={18} /> : <IconSearch size={20} stroke={1.7} />}
        rightSection={
          text ? (
            <CloseButton aria-label="Clear" onClick={() => type("")} />
          ) : (
            <Kbd size="sm" visibleFrom="sm">
              /
            </Kbd>
          )
        }
      />
    </form>
  );
}
