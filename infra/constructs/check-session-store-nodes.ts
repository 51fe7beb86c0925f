import { DeploymentError } from '../deployment-error.ts'
import type { SessionStoreNodes } from './options.ts'

/** @throws DeploymentError */
export function checkSessionStoreNodes({ topology, shards, replicasPerShard }: SessionStoreNodes): void {
  // A cluster needs automatic failover. With it and without a replica, a cluster can be created, but not updated
  // (cloudformation-coverage-roadmap#1275).
  if (topology === 'cluster' && replicasPerShard < 1)
    throw new DeploymentError(
      'A session store with the topology "cluster" needs a replica in each shard: set replicasPerShard to 1 or more.',
    )
  if (topology === 'single' && shards !== 1)
    throw new DeploymentError(
      'A session store with the topology "single" has one shard: set shards to 1, or choose the topology "cluster".',
    )
}
