import { Button, Group, Modal, Text } from "@mantine/core";
import classes from "./Conflict.module.css";
import type { Draft, Field } from "./draft";

interface Props {
  mine: Draft;
  theirs: Draft;
  fields: Field[];
  onMine: () => void;
  onTheirs: () => void;
  onClose: () => void;
}

/** Both versions beside each other, to choose from. Whichever loses stays in the history or here. */
export function Conflict({ mine, theirs, fields, onMine, onTheirs, onClose }: Props) {
  return (
    <Modal
      opened
      onClose={onClose}
      size="60rem"
      title="This memory was changed while you were editing"
    >
      <Text size="sm" mb="md">
        The memory was changed after you had opened it. Keep yours and theirs stays among the
        versions; take theirs and yours is gone.
      </Text>
      {fields.map((field) => (
        <div key={field} className={classes.pair}>
          <Side name={`Yours: ${field}`} value={mine[field]} />
          <Side name={`Theirs: ${field}`} value={theirs[field]} />
        </div>
      ))}
      <Group justify="flex-end" mt="lg">
        <Button variant="subtle" color="gray" onClick={onClose}>
          Keep editing
        </Button>
        <Button variant="default" onClick={onTheirs}>
          Take theirs
        </Button>
        <Button onClick={onMine}>Keep mine</Button>
      </Group>
    </Modal>
  );
}

function Side({ name, value }: { name: string; value: Draft[Field] }) {
  return (
    <section className={classes.side} aria-label={name}>
      <h3>{name}</h3>
      <pre tabIndex={0}>{Array.isArray(value) ? value.join(", ") : String(value)}</pre>
    </section>
  );
}
