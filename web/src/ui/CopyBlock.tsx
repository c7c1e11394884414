import { ActionIcon, Code, CopyButton, Text, Tooltip } from "@mantine/core";
import { IconCheck, IconCopy } from "@tabler/icons-react";
import classes from "./CopyBlock.module.css";

interface Props {
  where: string;
  text: string;
  /** Sentences, which may be wrapped; commands and files are not. */
  prose?: boolean;
}

/** A text to copy whole, and where it belongs. */
export function CopyBlock({ where, text, prose = false }: Props) {
  return (
    <figure className={classes.figure}>
      <Text component="figcaption" size="sm" c="dimmed">
        {where}
      </Text>
      <div className={classes.block}>
        <Code block className={classes.code} tabIndex={0} data-prose={prose || undefined}>
          {text}
        </Code>
        <CopyButton value={text} timeout={1_500}>
          {({ copied, copy }) => (
            <Tooltip label={copied ? "Copied" : "Copy"}>
              <ActionIcon
                className={classes.copy}
                variant="default"
                size="lg"
                onClick={copy}
                aria-label={copied ? "Copied" : `Copy: ${where}`}
              >
                {copied ? <IconCheck size={17} /> : <IconCopy size={17} />}
              </ActionIcon>
            </Tooltip>
          )}
        </CopyButton>
      </div>
    </figure>
  );
}
