import { expect, it } from "vitest";
import { jpegSize } from "./jpeg";

const HEAD = [0xff, 0xd8, 0xff, 0xe0, 0, 4, 1, 2];
const SOF = [0xff, 0xc0, 0, 11, 8, 0, 48, 0, 64, 1, 1, 0x11, 0];

it("reads the size that a JPEG claims", () => {
  expect(jpegSize(Uint8Array.from([...HEAD, ...SOF]))).toEqual({ width: 64, height: 48 });
  expect(jpegSize(Uint8Array.from([0xff, 0xd8, 0xff, ...SOF]))).toEqual({ width: 64, height: 48 });
});

it("answers nothing for what is cut, empty or no JPEG", () => {
  const whole = Uint8Array.from([...HEAD, ...SOF]);
  for (let cut = 0; cut < HEAD.length + 9; cut += 1) {
    expect(jpegSize(whole.subarray(0, cut)), `cut at ${cut}`).toBeNull();
  }
  expect(jpegSize(Uint8Array.from([0x89, 0x50, 0x4e, 0x47, 1, 2, 3, 4]))).toBeNull();
  expect(jpegSize(Uint8Array.from([...HEAD, 0xff, 0xda, 0, 2, 0, 0, 0, 0, 0]))).toBeNull();
});
