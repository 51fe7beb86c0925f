import { expect, test } from '@jest/globals'
import { checkStage } from '../check-stage.ts'
import type { RedisTopology } from '../constructs/options.ts'
import { readStage } from '../read-deployment.ts'

test.each<[RedisTopology, number, number, string | undefined]>([
  ['single', 1, 0, undefined],
  ['single', 1, 1, undefined],
  ['single', 2, 1, 'set shards to 1'],
  ['cluster', 1, 0, 'set replicasPerShard to 1 or more'],
  ['cluster', 3, 0, 'set replicasPerShard to 1 or more'],
  ['cluster', 1, 1, undefined],
  ['cluster', 3, 1, undefined],
])('a stage has only nodes that ElastiCache creates: %s, shards %i, replicas %i', (...row) => {
  const [topology, shards, replicasPerShard, refused] = row
  const sandbox = readStage({ stage: 'sandbox' })
  const sessionStore = { nodeType: 'cache.t4g.micro', topology, shards, replicasPerShard }
  const check = expect(() => checkStage({ ...sandbox, sessionStore }))
  if (refused) check.toThrow(refused)
  else check.not.toThrow()
})
