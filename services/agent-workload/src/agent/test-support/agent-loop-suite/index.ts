import { describe } from '@jest/globals'
import { changesWhatItMay } from './changes.ts'
import { ends } from './endings.ts'
import { waits } from './waiting.ts'
import { createWorld, type MakeLoop } from './world.ts'

export function describeAgentLoop(name: string, makeLoop: MakeLoop): void {
  describe(`an agent loop: ${name}`, () => {
    const world = createWorld(makeLoop)
    waits(world)
    ends(world)
    changesWhatItMay(world)
  })
}
