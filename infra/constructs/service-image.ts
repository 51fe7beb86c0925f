import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { IgnoreMode } from 'aws-cdk-lib'
import { DockerImageAsset, Platform } from 'aws-cdk-lib/aws-ecr-assets'
import type { Construct } from 'constructs'
import { CONTAINER_NAMES, type ContainerName } from '../names.ts'

const REPOSITORY = join(import.meta.dirname, '../..')
const DOCKERFILE = 'infra/images/Dockerfile'

/** Synthesis hashes the build context, which the Dockerfile's own ignore file selects. */
export function createServiceImage(scope: Construct, service: ContainerName): DockerImageAsset {
  return new DockerImageAsset(scope, 'Image', {
    directory: REPOSITORY,
    file: DOCKERFILE,
    ignoreMode: IgnoreMode.DOCKER,
    exclude: [
      ...readFileSync(join(REPOSITORY, `${DOCKERFILE}.dockerignore`), 'utf8')
        .split('\n')
        .filter((line) => line !== '' && !line.startsWith('#')),
      // A change to one service must not redeploy another.
      ...CONTAINER_NAMES.filter((other) => other !== service).map((other) => `services/${other}/src`),
    ],
    buildArgs: { SERVICE: service },
    platform: Platform.LINUX_ARM64,
    assetName: service,
  })
}
