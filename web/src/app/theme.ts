import {
  Button,
  createTheme,
  type CSSVariablesResolver,
  InputWrapper,
  type MantineColorsTuple,
  Modal,
  Notification,
  SegmentedControl,
  Tooltip,
} from "@mantine/core";

const heather: MantineColorsTuple = [
  "#faf4f9",
  "#f1e4ee",
  "#e2c8dc",
  "#d1abc8",
  "#be8cb2",
  "#a66d99",
  "#8a4f7f",
  "#74406b",
  "#5d3256",
  "#472542",
];
const honey: MantineColorsTuple = [
  "#fdf7e9",
  "#f8ebcb",
  "#f0d698",
  "#e8bf63",
  "#e0ab3b",
  "#cf9526",
  "#a9771a",
  "#835b13",
  "#62430d",
  "#432d08",
];
/** Warm greys; in the dark they lean towards heather. */
const dark: MantineColorsTuple = [
  "#e9e5ea",
  "#cbc5ce",
  "#a8a1ad",
  "#7d7584",
  "#4d4653",
  "#3a343f",
  "#27222b",
  "#1b181e",
  "#151217",
  "#0e0c10",
];
const gray: MantineColorsTuple = [
  "#faf8f6",
  "#f4f1ee",
  "#eae6e2",
  "#ddd7d2",
  "#c5bdb8",
  "#9d948f",
  "#756c69",
  "#57504e",
  "#3b3536",
  "#231e22",
];

const SANS =
  'ui-sans-serif, system-ui, -apple-system, "Segoe UI Variable Text", "Segoe UI", Inter, Roboto, "Noto Sans", "Helvetica Neue", sans-serif';
const SERIF =
  'ui-serif, "Iowan Old Style", "Palatino Nova", Palatino, "Source Serif 4", "Book Antiqua", Georgia, "Noto Serif", serif';
const MONO =
  'ui-monospace, "SF Mono", "Cascadia Mono", "JetBrains Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace';

export const theme = createTheme({
  colors: { heather, honey, dark, gray },
  primaryColor: "heather",
  primaryShade: { light: 7, dark: 6 },
  black: "#231e22",
  fontFamily: SANS,
  fontFamilyMonospace: MONO,
  headings: {
    fontFamily: SERIF,
    fontWeight: "600",
    sizes: {
      h1: { fontSize: "1.75rem", lineHeight: "1.25" },
      h2: { fontSize: "1.3125rem", lineHeight: "1.3" },
      h3: { fontSize: "1.0625rem", lineHeight: "1.4" },
    },
  },
  fontSizes: { xs: "0.75rem", sm: "0.8438rem", md: "0.9375rem", lg: "1.0625rem", xl: "1.25rem" },
  lineHeights: { xs: "1.4", sm: "1.45", md: "1.6", lg: "1.6", xl: "1.6" },
  radius: { xs: "3px", sm: "5px", md: "8px", lg: "12px", xl: "20px" },
  defaultRadius: "md",
  cursorType: "pointer",
  respectReducedMotion: true,
  components: {
    Button: Button.extend({ styles: { label: { fontWeight: 500 } } }),
    InputWrapper: InputWrapper.extend({ styles: { label: { fontWeight: 500 } } }),
    Notification: Notification.extend({
      defaultProps: { closeButtonProps: { "aria-label": "Dismiss" } },
    }),
    SegmentedControl: SegmentedControl.extend({ defaultProps: { withItemsBorders: false } }),
    Tooltip: Tooltip.extend({ defaultProps: { openDelay: 350, withArrow: true } }),
    Modal: Modal.extend({ defaultProps: { centered: true, radius: "lg", padding: "lg" } }),
  },
});

/** The few colours of our own: paper, cards, hairlines, and marked words. */
export const variables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    "--mantine-color-body": "#faf8f6",
    "--mantine-color-dimmed": "#6b6265",
    "--mantine-color-anchor": heather[7],
    "--mantine-color-placeholder": "#857c7d",
    "--mantine-color-red-text": "#b8262f",
    "--mantine-color-error": "#b8262f",
    "--surface": "#ffffff",
    "--surface-raised": "#ffffff",
    "--surface-sunk": "#f4f1ee",
    "--hairline": "#e7e2dd",
    "--marked": "#f8e3ae",
    "--accent-soft": "#f4eaf1",
    "--accent-text": heather[8],
  },
  dark: {
    "--mantine-color-body": "#17141a",
    "--mantine-color-dimmed": "#a59dab",
    "--mantine-color-anchor": heather[3],
    "--mantine-color-placeholder": "#8f8796",
    "--mantine-color-error": "#ff8787",
    "--surface": "#1f1b23",
    "--surface-raised": "#27222b",
    "--surface-sunk": "#131115",
    "--hairline": "#352f3a",
    "--marked": "#62481a",
    "--accent-soft": "#382a36",
    "--accent-text": heather[2],
  },
});
