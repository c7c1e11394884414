import { Button, Text } from "@mantine/core";
import { modals } from "@mantine/modals";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useSearchParams } from "react-router";
import { memories, purgeVersion, revertMemory } from "@/api/memories";
import { useMay } from "@/api/session";
import type { Memory, MemoryVersion } from "@/api/schema";
import { nameOf } from "@/lib/text";
import { Failure } from "@/ui/Failure";
import { RowsSkeleton } from "@/ui/RowsSkeleton";
import { ShowMore } from "@/ui/ShowMore";
import { Time } from "@/ui/Time";
import { showError, showSuccess } from "@/ui/toast";
import { Comparison } from "./Comparison";
import { useMemory } from "./useMemory";
import classes from "./VersionsTab.module.css";

export function VersionsTab() {
  const memory = useMemory();
  const query = useInfiniteQuery(memories.versions(memory.id));
  const [[from, to], choose] = useChosenPair(memory.version);
  if (query.isPending) return <RowsSkeleton rows={3} />;
  if (!query.data) return <Failure error={query.error} retry={() => void query.refetch()} />;
  const versions = query.data.pages.flatMap((page) => page.versions);
  return (
    <div className={classes.layout}>
      <ol className={classes.timeline}>
        {versions.map((version) => (
          <VersionItem
            key={version.version}
            version={version}
            memory={memory}
            isShown={version.version === to}
            onShow={() => choose(Math.max(1, version.version - 1), version.version)}
          />
        ))}
        {query.hasNextPage && (
          <li>
            <ShowMore {...query} />
          </li>
        )}
      </ol>
      <Comparison
        id={memory.id}
        versions={versions.map(({ version }) => version)}
        from={from}
        to={to}
        onChoose={choose}
      />
    </div>
  );
}

/** The two versions to compare; the newest change, unless the address says otherwise. */
function useChosenPair(newest: number): [[number, number], (from: number, to: number) => void] {
  const [address, setAddress] = useSearchParams();
  const to = Number(address.get("to")) || newest;
  const from = Number(address.get("from")) || Math.max(1, to - 1);
  const choose = (chosenFrom: number, chosenTo: number) =>
    setAddress({ from: String(chosenFrom), to: String(chosenTo) }, { replace: true });
  return [[from, to], choose];
}

interface ItemProps {
  version: MemoryVersion;
  memory: Memory;
  isShown: boolean;
  onShow: () => void;
}

function VersionItem({ version, memory, isShown, onShow }: ItemProps) {
  const mayPurge = useMay("admin");
  const isCurrent = version.version === memory.version;
  return (
    <li className={classes.item} data-shown={isShown || undefined}>
      <button type="button" className={classes.show} aria-pressed={isShown} onClick={onShow}>
        <strong>Version {version.version}</strong>
        {isCurrent && <span className={classes.current}>current</span>}
        <span className={classes.name}>{nameOf(version)}</span>
      </button>
      <span className={classes.foot}>
        <Time at={version.createdAt} />
        {!isCurrent && !version.purgedAt && (
          <>
            <Button
              size="compact-xs"
              variant="subtle"
              onClick={() => confirmRevert(memory, version.version)}
            >
              Revert to this
            </Button>
            {mayPurge && (
              <Button
                size="compact-xs"
                variant="subtle"
                color="red"
                onClick={() => confirmPurge(memory, version.version)}
              >
                Purge
              </Button>
            )}
          </>
        )}
      </span>
    </li>
  );
}

function confirmPurge(memory: Memory, version: number): void {
  modals.openConfirmModal({
    title: `Purge version ${version}?`,
    children: (
      <Text size="sm">
        Its text, title and tags are permanently deleted; the other versions stay. Purge each
        version that says what nobody should read. Backups made before still hold it.
      </Text>
    ),
    labels: { confirm: "Purge", cancel: "Keep" },
    confirmProps: { color: "red" },
    onConfirm: () => {
      purgeVersion(memory.id, version).then(
        () => showSuccess(`Version ${version} is purged.`),
        showError,
      );
    },
  });
}

function confirmRevert(memory: Memory, version: number): void {
  modals.openConfirmModal({
    title: `Revert to version ${version}?`,
    children: (
      <Text size="sm">
        Its content becomes version {memory.version + 1}. Nothing is lost: version {memory.version}{" "}
        stays, and you can come back to it the same way.
      </Text>
    ),
    labels: { confirm: "Revert", cancel: "Keep as it is" },
    onConfirm: () => {
      revertMemory(memory.id, memory.version, version).then(
        (now) => showSuccess(`Version ${version} is back, as version ${now.version}.`),
        showError,
      );
    },
  });
}
