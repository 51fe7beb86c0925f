import { describe } from '@jest/globals'
import { changesWhatItMay } from './changes.ts'
import { ends } from './endings.ts'
import { waits } from './waiting.ts'
import { createWorld, type MakeLoop } from './world.ts'

/**
 * What the agent workload relies on in an agent loop, held to `createAgentRunner` with it and to vendors over HTTP.
 *
 * @param makeLoop makes the loop over a model that is a function. It is called for every run.
 */
export function describeAgentLoop(name: string, makeLoop: MakeLoop): void {
  describe(`an agent loop: ${name}`, () => {
    const world = createWorld(makeLoop)
    waits(world)
    ends(world)
    changesWhatItMay(world)
  })
}
