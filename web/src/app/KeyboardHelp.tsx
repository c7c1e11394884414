import { Group, Kbd, Modal, Table, Title } from "@mantine/core";

const SHORTCUTS: [where: string, keys: [key: string, what: string][]][] = [
  [
    "Anywhere",
    [
      ["Ctrl K", "Find a memory, act on the open one, go anywhere"],
      ["/", "Search"],
      ["?", "These shortcuts"],
    ],
  ],
  [
    "In a list",
    [
      ["j k", "Next and previous memory"],
      ["Enter", "Open"],
      ["x", "Select"],
      ["e", "Edit"],
      ["#", "Add a tag"],
      ["p", "Pin or unpin"],
      ["z", "Undo the last action"],
    ],
  ],
  [
    "On a memory",
    [
      ["j k", "Next and previous memory of the list"],
      ["u", "Back to the list"],
      ["e", "Edit"],
      ["p", "Pin or unpin"],
      ["z", "Undo the last action"],
    ],
  ],
];

export function KeyboardHelp({ onClose }: { onClose: () => void }) {
  return (
    <Modal opened onClose={onClose} title="Keyboard shortcuts">
      {SHORTCUTS.map(([where, keys]) => (
        <section key={where}>
          <Title order={3} size="h4" mt="sm">
            {where}
          </Title>
          <Table withRowBorders={false} verticalSpacing={4}>
            <Table.Tbody>
              {keys.map(([key, what]) => (
                <Table.Tr key={key}>
                  <Table.Td w="6rem">
                    <Group gap={4} wrap="nowrap">
                      {key.split(" ").map((each) => (
                        <Kbd key={each}>{each}</Kbd>
                      ))}
                    </Group>
                  </Table.Td>
                  <Table.Td>{what}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </section>
      ))}
    </Modal>
  );
}
