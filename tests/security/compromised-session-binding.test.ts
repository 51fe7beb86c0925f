import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'

/** From the snapshots of the production stage. */
const resourcesOf = (stack: string) =>
  readFileSync(join(import.meta.dirname, `../../infra/test/snapshots/production/${stack}.txt`), 'utf8')
    .split(/\n(?= {2}\S)/)
    .map((resource) => resource.trim())

const network = resourcesOf('network')
const services = resourcesOf('services')
const of = (resources: string[], type: string) =>
  resources.filter((text) => text.split('\n')[0]?.endsWith(`(${type}):`))
/** The logical ids in `${logical id}` and `${stack.logical id}`, also before an attribute. */
const namesIn = (text: string) =>
  [...text.matchAll(/\$\{(?:[a-z-]+\.)?(\w+)(?:\.\w+)?\}/g)].map(([, name = '']) => name)

describe('an attacker who runs code in session binding', () => {
  test('cannot send data to an address outside the VPC', () => {
    const [service = ''] = of(services, 'AWS::ECS::Service').filter((text) => text.startsWith('SessionBinding'))
    const subnets = namesIn(/Subnets:\n((?:\s+- .*\n?)+)/.exec(service)?.[1] ?? '')
    const tables = of(network, 'AWS::EC2::SubnetRouteTableAssociation')
      .map(namesIn)
      .filter((names) => names.some((name) => subnets.includes(name)))
      .flatMap((names) => names.filter((name) => name.includes('RouteTable')))
    expect([subnets.length, tables.length]).toEqual([2, 2])
    const routes = of(network, 'AWS::EC2::Route')
    expect(routes.length).toBeGreaterThan(0)
    expect(routes.filter((route) => namesIn(route).some((name) => tables.includes(name)))).toEqual([])

    const [group = ''] = of(network, 'AWS::EC2::SecurityGroup').filter((text) =>
      text.startsWith('TrafficSessionBinding'),
    )
    const id = group.split(' ')[0] ?? ''
    const ways = [
      group,
      ...of(network, 'AWS::EC2::SecurityGroupEgress').filter((text) => text.includes(` GroupId: \${${id}.`)),
    ]
    expect(ways).toHaveLength(4)
    expect(ways.filter((text) => /Cidr/.test(text))).toEqual([])
  })

  test('can read only the secrets of this deployment’s own providers, which AgentCore owns', () => {
    const [policy = ''] = of(services, 'AWS::IAM::Policy').filter((text) => text.startsWith('SessionBindingTaskRole'))
    const reading = policy.split(/\n\s+- Action/).filter((statement) => statement.includes('secretsmanager:'))
    expect(reading).toHaveLength(1)
    expect(reading[0]).toContain('aws:ResourceTag/aws:secretsmanager:owningService: bedrock-agentcore-identity')
    const secrets = [...(reading[0] ?? '').matchAll(/secret:(\S+)/g)].map(([, secret]) => secret)
    expect(secrets.length).toBeGreaterThan(0)
    for (const secret of secrets)
      expect(secret).toMatch(
        /^bedrock-agentcore-identity!default\/oauth2\/agent-identity-production-[a-z-]+(-\?{8})?-\?{6}$/,
      )
  })
})
