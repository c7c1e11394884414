import { Button, Text } from "@mantine/core";
import { IconUpload } from "@tabler/icons-react";
import { type DragEvent, type ReactNode, useRef, useState } from "react";
import classes from "./DropZone.module.css";

interface Props {
  label: string;
  /** What may be dropped. */
  children: ReactNode;
  onFiles: (files: File[]) => void;
  /** Whether several files may be chosen at once. */
  many?: boolean;
}

/** Takes files that are dropped on it or chosen. */
export function DropZone({ label, children, onFiles, many = false }: Props) {
  const [isOver, setOver] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    onFiles([...event.dataTransfer.files]);
  };
  return (
    <div
      className={classes.zone}
      data-over={isOver}
      role="group"
      aria-label={label}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
    >
      <Text size="sm">{children}</Text>
      <input
        ref={input}
        type="file"
        multiple={many}
        hidden
        aria-label="Files to add"
        onChange={({ currentTarget }) => {
          onFiles([...(currentTarget.files ?? [])]);
          currentTarget.value = "";
        }}
      />
      <Button
        variant="default"
        leftSection={<IconUpload size={16} />}
        onClick={() => input.current?.click()}
      >
        {many ? "Choose files" : "Choose a file"}
      </Button>
    </div>
  );
}
