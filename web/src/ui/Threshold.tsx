import { Input, type InputWrapperProps, Slider } from "@mantine/core";
import { useState } from "react";

interface Props extends Omit<InputWrapperProps, "label" | "onChange"> {
  /** What is said above it, of the value that is shown. */
  label: (shown: number) => string;
  /** The name of the thumb, for who cannot see it. */
  name: string;
  min?: number;
  max: number;
  value: number;
  onChange: (value: number) => void;
}

/** Moves freely under the thumb, and tells its value when it is let go. */
export function Threshold({ label, name, min = 0, max, value, onChange, ...rest }: Props) {
  const [dragged, setDragged] = useState<number>();
  const shown = dragged ?? value;
  return (
    <Input.Wrapper label={label(shown)} labelElement="div" {...rest}>
      <Slider
        mt={10}
        min={min}
        max={max}
        step={0.05}
        label={null}
        thumbLabel={name}
        value={shown}
        onChange={setDragged}
        onChangeEnd={(chosen) => {
          setDragged(undefined);
          onChange(chosen);
        }}
      />
    </Input.Wrapper>
  );
}
