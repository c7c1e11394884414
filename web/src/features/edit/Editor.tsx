import { ActionIcon, Group, SegmentedControl, Text, Textarea, Tooltip } from "@mantine/core";
import { getHotkeyHandler } from "@mantine/hooks";
import {
  IconBold,
  IconCode,
  IconH2,
  IconItalic,
  IconLink,
  IconList,
  IconListCheck,
  IconQuote,
} from "@tabler/icons-react";
import { useRef, useState } from "react";
import { count } from "@/lib/text";
import { Markdown } from "@/ui/Markdown";
import classes from "./Editor.module.css";
import { type Mark, marked } from "./marking";

const BUTTONS: { mark: Mark; label: string; icon: typeof IconBold }[] = [
  { mark: "heading", label: "Heading", icon: IconH2 },
  { mark: "bold", label: "Bold", icon: IconBold },
  { mark: "italic", label: "Italic", icon: IconItalic },
  { mark: "code", label: "Code", icon: IconCode },
  { mark: "link", label: "Link", icon: IconLink },
  { mark: "list", label: "List", icon: IconList },
  { mark: "tasks", label: "Checklist", icon: IconListCheck },
  { mark: "quote", label: "Quote", icon: IconQuote },
];

type View = "write" | "both" | "preview";

interface Props {
  value: string;
  onChange: (text: string) => void;
}

/** Markdown, with what it will look like beside it. */
export function Editor({ value, onChange }: Props) {
  const box = useRef<HTMLTextAreaElement>(null);
  const [view, setView] = useState<View>("write");
  const apply = (mark: Mark) => box.current && replace(box.current, mark);
  return (
    <section className={classes.editor} data-view={view} aria-label="Text">
      <Group className={classes.bar} gap={2}>
        {BUTTONS.map(({ mark, label, icon: Picture }) => (
          <Tooltip key={mark} label={label}>
            <ActionIcon
              variant="subtle"
              color="gray"
              aria-label={label}
              disabled={view === "preview"}
              onClick={() => apply(mark)}
            >
              <Picture size={17} stroke={1.7} />
            </ActionIcon>
          </Tooltip>
        ))}
        <ViewSwitch view={view} onChange={setView} />
      </Group>
      <div className={classes.panes}>
        {view !== "preview" && (
          <Textarea
            ref={box}
            aria-label="Text"
            variant="unstyled"
            placeholder="What should be remembered? Markdown is welcome."
            dir="auto"
            autosize
            autoFocus
            minRows={14}
            classNames={{ input: classes.input }}
            value={value}
            onChange={(event) => onChange(event.currentTarget.value)}
            onKeyDown={(event) =>
              getHotkeyHandler([
                ["mod+B", () => apply("bold")],
                ["mod+I", () => apply("italic")],
              ])(event)
            }
          />
        )}
        {view !== "write" && (
          <div className={classes.preview} aria-label="Preview" role="document">
            {value.trim() ? (
              <Markdown text={value} />
            ) : (
              <Text c="dimmed">Nothing to show yet.</Text>
            )}
          </div>
        )}
      </div>
      <Text className={classes.foot} size="xs" c="dimmed">
        {count(value.length)} characters
      </Text>
    </section>
  );
}

function ViewSwitch({ view, onChange }: { view: View; onChange: (view: View) => void }) {
  return (
    <SegmentedControl
      ml="auto"
      size="xs"
      aria-label="View"
      value={view}
      onChange={(chosen) => onChange(chosen as View)}
      data={[
        { value: "write", label: "Write" },
        { value: "both", label: "Both" },
        { value: "preview", label: "Preview" },
      ]}
    />
  );
}

/** Types the marked text in place of the selection: only so the browser's own undo knows of it. */
function replace(box: HTMLTextAreaElement, mark: Mark): void {
  const change = marked(mark, box.value, box.selectionStart, box.selectionEnd);
  box.focus();
  box.setSelectionRange(change.from, change.until);
  document.execCommand("insertText", false, change.text);
  box.setSelectionRange(change.selectFrom, change.selectUntil);
}
