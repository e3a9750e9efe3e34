// Bandwidth in words.

/** Bytes per second as people read it. */
export function rateText(bytesPerSecond: number): string {
  if (bytesPerSecond < 1000) return `${Math.round(bytesPerSecond)} B/s`;
  if (bytesPerSecond < 999_500) return `${Math.round(bytesPerSecond / 1000)} KB/s`;
  return `${(bytesPerSecond / 1_000_000).toFixed(1)} MB/s`;
}
