/** A number that {@link writeJson} writes as this text. */
export class NumberText {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

/** As on the live service: `1.790584112943E9` (derived from the lengths of answers, 2026-09-28). */
export const epochSeconds = (milliseconds: number) =>
  new NumberText((milliseconds / 1000).toExponential().replace('e+', 'E'))
