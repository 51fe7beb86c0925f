/** A number that {@link writeJson} writes as this text. */
export class NumberText {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

/** The live service writes epoch seconds with milliseconds in scientific notation: `1.790584112943E9` (lengths recorded 2026-09-28). */
export const epochSeconds = (milliseconds: number) =>
  new NumberText((milliseconds / 1000).toExponential().replace('e+', 'E'))
