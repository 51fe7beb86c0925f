import { CONTAINER_NAMES } from '@agent-identity/infra/names'
import { type Check, wrong } from '../finding.ts'
import type { Stage } from '../stage.ts'

export const images: Check<Stage> = {
  name: 'images',
  async run(stage) {
    const running = await stage.services()
    const expected = await stage.expectedImages()
    // The check `services` reports a missing service.
    const both = CONTAINER_NAMES.filter((name) => running[name] && expected[name])
    return both
      .filter((name) => !running[name]?.image.endsWith(`:${expected[name]}`))
      .map((name) =>
        wrong(
          `The service ${name} does not run the image that this checkout builds.`,
          'Deploy this checkout, or run doctor from the one that was deployed.',
        ),
      )
  },
}
