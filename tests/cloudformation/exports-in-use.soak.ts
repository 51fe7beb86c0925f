import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { type Cloud, startCloud } from './cloud.ts'
import { deploy, destroy } from './deploy.ts'
import { installMoto } from './install-moto.ts'
import { type Template, templateOf } from './template.ts'

const MINUTES = 60_000
const topic = { Type: 'AWS::SNS::Topic', Properties: {} }
const Export = { Name: 'maker:Topic' }
const maker: Template = { Resources: { Topic: topic }, Outputs: { Topic: { Value: { Ref: 'Topic' }, Export } } }
const makerWithout: Template = { Resources: { Topic: topic } }
const reader: Template = {
  Resources: { Other: { ...topic, Properties: { DisplayName: { 'Fn::ImportValue': 'maker:Topic' } } } },
}
const readerWithout: Template = { Resources: { Other: topic } }

const missing = installMoto()
const describeExports = missing ? describe.skip : describe
/** The app's stages have no such exports: docs/decisions/0107-weak-references.md. */
describeExports('an export that another stack imports', () => {
  let cloud: Cloud
  const change = (templates: Record<string, Template>) =>
    deploy(cloud.services.cloudFormation, new Map(Object.entries(templates)))

  beforeAll(async () => {
    cloud = await startCloud('us-east-1')
    await change({ maker, reader })
  }, 5 * MINUTES)
  afterAll(() => cloud?.stop())

  test('is not removed, and neither is its stack', async () => {
    const words = 'Export maker:Topic cannot be deleted as it is in use by reader'
    await expect(change({ maker: makerWithout, reader: readerWithout })).rejects.toThrow(words)
    await expect(destroy(cloud.services.cloudFormation, ['maker'])).rejects.toThrow(words)
    expect(await templateOf(cloud.services.cloudFormation, 'maker')).toEqual(maker)
  })

  test('is removed once no stack imports it', async () => {
    await change({ reader: readerWithout })
    await change({ maker: makerWithout })
    expect(await templateOf(cloud.services.cloudFormation, 'maker')).toEqual(makerWithout)
    await change({ maker, reader })
  })
})
