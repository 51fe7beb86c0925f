import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { NODE_FLAGS } from '@agent-identity/contracts'
import { PROVIDERS } from '@agent-identity/providers'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { CONTAINER_NAMES, type ContainerName, SERVICE_NAMES } from '../names.ts'
import { STAGE_NAMES, stage } from './stages.ts'

const root = join(import.meta.dirname, '..')
const directory = mkdtempSync(join(tmpdir(), 'agent-identity-bundles-'))
afterAll(() => rmSync(directory, { recursive: true }))

const PERMISSIVE = ['MIT', 'MIT-0', 'ISC', 'Apache-2.0', '0BSD', 'BSD', 'BSD-2-Clause', 'BSD-3-Clause']

/** Building the images themselves needs an engine, and minutes. */
describe.each(CONTAINER_NAMES)('the bundle of %s', (service) => {
  const bundle = join(directory, service)

  beforeAll(() => {
    const { stderr } = spawnSync(process.execPath, [join(root, 'images/bundle.ts'), service, bundle], {
      encoding: 'utf8',
    })
    expect(stderr).toBe('')
  })

  test('starts as plain JavaScript, alone in a directory, and lists the missing variables', () => {
    const { status, stderr } = spawnSync(
      process.execPath,
      ['--enable-source-maps', ...NODE_FLAGS[service], 'main.js'],
      {
        cwd: bundle,
        env: {},
        encoding: 'utf8',
      },
    )
    expect(status).toBe(1)
    expect(stderr).toMatch(/^The configuration is not complete:\n {2}PORT is missing\n/)
  })

  test('has the files for browsers where the code reads them', () => {
    const looksAt = [
      ...readFileSync(join(bundle, 'main.js'), 'utf8').matchAll(
        /new URL\("\.\/(services\/[^"]+)", import\.meta\.url\)/g,
      ),
    ]
    expect(looksAt.length > 0).toBe(service !== 'mcp-server')
    for (const [, module = ''] of looksAt) expect(existsSync(join(bundle, module, '../static'))).toBe(true)
  })

  test('has the tools of providers only where they run, and no stand-in or script', () => {
    const map = JSON.parse(readFileSync(join(bundle, 'main.js.map'), 'utf8')) as { sources: string[] }
    const sources = map.sources.map((source) => relative(join(root, '..'), join(bundle, source)))
    expect(sources.filter((file) => /(^|\/)stand-in|^providers\/.+\/scripted\.ts$/.test(file))).toEqual([])
    const tools = sources.filter((file) => /^providers\/[^/]+\/tools\.ts$/.test(file))
    expect(tools).toHaveLength(service === 'session-binding' ? 0 : PROVIDERS.size)
    if (service === 'session-binding') expect(sources.filter((file) => /^providers\//.test(file))).toEqual([])
  })

  test('lists its contents', () => {
    const { components } = JSON.parse(readFileSync(join(bundle, 'sbom.cdx.json'), 'utf8')) as {
      components: { name: string; purl: string; licenses?: { expression?: string; license?: { name: string } }[] }[]
    }
    const names = components.map(({ name }) => name)
    expect(names).toEqual(expect.arrayContaining(['express', 'ioredis', '@aws-sdk/client-bedrock-agentcore']))
    expect(names.includes('@strands-agents/sdk')).toBe(service === 'agent-workload')
    expect(names.includes('openid-client')).toBe(service === 'agent-workload')
    const licences = components.map(({ name, licenses: [one] = [] }) => ({
      name,
      licence: one?.expression ?? one?.license?.name,
    }))
    expect(licences.filter(({ licence }) => !PERMISSIVE.includes(licence ?? ''))).toEqual([])
    const notices = readFileSync(join(bundle, 'THIRD-PARTY-NOTICES.txt'), 'utf8')
    for (const name of names) expect(notices).toContain(`${name} `)
    expect(notices).toMatch(/express \d[^\n]+\(MIT\)\n\n\(The MIT License\)/)
    for (const { purl } of components) expect(purl).toMatch(/^pkg:npm\/.+@\d+\.\d+\.\d+/)
  })
})

test.each(STAGE_NAMES)('in %s the heap limit is at most half of the container’s memory', (name) => {
  const tasks = stage(name).resources('AWS::ECS::TaskDefinition')
  expect(tasks).toHaveLength(SERVICE_NAMES.length)
  for (const { properties } of tasks) {
    const [container] = properties.ContainerDefinitions as { Name: ContainerName; Command: string[] }[]
    const flags = container ? NODE_FLAGS[container.Name] : []
    expect(container?.Command).toEqual([...flags, 'main.js'])
    const limit = /--max-old-space-size=(\d+)/.exec(flags.join(' '))?.[1] ?? 0
    expect(2 * Number(limit)).toBeLessThanOrEqual(Number(properties.Memory))
  }
})

test('the image’s user can read it with every umask of the builder, and its bases do not come from Docker Hub', () => {
  const dockerfile = readFileSync(join(root, 'images/Dockerfile'), 'utf8')
  const steps = dockerfile.split('\n').filter((line) => /^(RUN|COPY|FROM)/.test(line))
  expect(steps[steps.findIndex((step) => step.includes('bundle.ts')) + 1]).toBe('RUN chmod -R a+rX /app')
  const bases = [...dockerfile.matchAll(/^ARG \w+_IMAGE=([^/]+)\//gm)].map(([, registry]) => registry)
  expect(bases).toEqual(['public.ecr.aws', 'gcr.io'])
})

test('the image runs as the task’s user, and needs no shell to start', () => {
  const dockerfile = readFileSync(join(root, 'images/Dockerfile'), 'utf8')
  const [container] = stage('sandbox')
    .resources('AWS::ECS::TaskDefinition')
    .flatMap(({ properties }) => properties.ContainerDefinitions as { User: string }[])
  expect(dockerfile).toContain(`USER ${container?.User}:${container?.User}\n`)
  expect(dockerfile).toContain('\nENTRYPOINT ["/nodejs/bin/node", "--enable-source-maps"]\n')
  const [, runtime = ''] = dockerfile.split(/^FROM \$\{RUNTIME_IMAGE\}$/m)
  expect(runtime).not.toMatch(/^(RUN|HEALTHCHECK) /m)
})
