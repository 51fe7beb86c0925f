/** A number that {@link writeJson} writes as this text. */
export class NumberText {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

/**
 * Timestamps are epoch seconds with milliseconds, and the live service writes them in scientific notation:
 * `1.790584112943E9` (lengths recorded 2026-09-28). An ISO string makes the JavaScript SDK throw.
 */
export const epochSeconds = (milliseconds: number) =>
  new NumberText((milliseconds / 1000).toExponential().replace('e+', 'E'))
