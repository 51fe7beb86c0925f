import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { readStack } from './deploy.ts'
import { installMoto } from './install-moto.ts'
import { CREDENTIALS } from './services.ts'
import { STAGES, type StageInCloud, startStage } from './stage.ts'

const MINUTES = 60_000
const COMMANDS = fileURLToPath(import.meta.resolve('../../infra/commands.ts'))
const missing = installMoto()

const describeDeploy = missing ? describe.skip : describe
describeDeploy('npm run deploy -- --stage sandbox', () => {
  const directory = mkdtempSync(join(tmpdir(), 'agent-identity-deploy-'))
  let stage: StageInCloud
  beforeAll(async () => {
    stage = await startStage('sandbox')
  }, 5 * MINUTES)
  afterAll(async () => {
    await stage?.cloud.stop()
    rmSync(directory, { recursive: true })
  })

  async function npmRunDeploy() {
    const { moto, agentcoreUrl, region } = stage.cloud
    const args = [
      'deploy',
      '--stage',
      'sandbox',
      '-c',
      `region=${region}`,
      '-c',
      `providers=${STAGES.sandbox.providers}`,
    ]
    const command = spawn(process.execPath, [COMMANDS, ...args, '--output', join(directory, 'cdk.out')], {
      env: {
        PATH: '/usr/bin:/bin',
        HOME: directory,
        // Every command of such an engine succeeds, and there is no image.
        CDK_DOCKER: 'true',
        CI: 'true',
        AWS_REGION: region,
        AWS_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
        AWS_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
        AWS_ENDPOINT_URL: moto.url,
        // moto reads the bucket from the host of a template's address. Nothing is sent there.
        AWS_ENDPOINT_URL_S3_FOR_CLOUDFORMATION: `https://s3.${region}.amazonaws.com`,
        AWS_ENDPOINT_URL_BEDROCK_AGENTCORE_CONTROL: agentcoreUrl,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const [stdout, stderr, [status]] = await Promise.all([
      text(command.stdout),
      text(command.stderr),
      once(command, 'exit') as Promise<[number]>,
    ])
    return { stdout, stderr, status }
  }

  test(
    'deploys every stack, tells the address, and lets doctor look at it',
    async () => {
      const { stdout, stderr, status } = await npmRunDeploy()
      expect(stdout).toContain('Deploying sandbox to us-east-1 of account 123456789012')
      for (const name of stage.templates().keys())
        expect([name, (await readStack(stage.cloud.services.cloudFormation, name))?.StackStatus]).toEqual([
          name,
          'CREATE_COMPLETE',
        ])
      expect(stdout).toMatch(/^The app:\n {2}https:\/\//m)
      // Doctor examines what was deployed, and moto is no healthy stage: no task ever starts.
      expect(stdout).toContain('agent-identity-sandbox in us-east-1\n')
      expect(stdout).toMatch(/^wrong +services$/m)
      expect(`${stdout}${stderr}`).toContain('It is deployed, and')
      expect(status).not.toBe(0)
    },
    30 * MINUTES,
  )
})
