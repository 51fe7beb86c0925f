import {
  CreateUserPoolClientCommand,
  CreateUserPoolCommand,
  CreateUserPoolDomainCommand,
  DeleteUserPoolClientCommand,
  DeleteUserPoolCommand,
  DeleteUserPoolDomainCommand,
  UpdateUserPoolClientCommand,
  type UpdateUserPoolClientCommandInput,
  UpdateUserPoolCommand,
} from '@aws-sdk/client-cognito-identity-provider'
import type { Services } from '../services.ts'
import type { Properties, Resource, ResourceType } from './resource-type.ts'

type ServicesIn = (region: string) => Services

/** Except `EnabledMfas`, our properties are parameters of CreateUserPool. The pool's name is `PoolName` there. */
export const userPool = (servicesIn: ServicesIn): ResourceType => ({
  async create({ region, name, properties }) {
    const { cognito } = servicesIn(region)
    const { UserPool } = await cognito.send(new CreateUserPoolCommand({ PoolName: name, ...properties }))
    return { id: UserPool?.Id ?? '', attributes: { Arn: UserPool?.Arn ?? '' } }
  },
  async update({ region, id, attributes, properties }) {
    await servicesIn(region).cognito.send(new UpdateUserPoolCommand({ UserPoolId: id, ...properties }))
    return { id, attributes }
  },
  delete: ({ region, id }) => servicesIn(region).cognito.send(new DeleteUserPoolCommand({ UserPoolId: id })),
})

export const userPoolDomain = (servicesIn: ServicesIn): ResourceType => ({
  async create({ region, properties }) {
    const { Domain, UserPoolId } = properties as { Domain: string; UserPoolId: string }
    await servicesIn(region).cognito.send(new CreateUserPoolDomainCommand({ Domain, UserPoolId }))
    return { id: Domain, attributes: {} }
  },
  delete: ({ region, id, properties }) =>
    servicesIn(region).cognito.send(new DeleteUserPoolDomainCommand({ Domain: id, UserPoolId: poolOf(properties) })),
})

export const userPoolClient = (servicesIn: ServicesIn): ResourceType => ({
  async create({ region, name, properties }): Promise<Resource> {
    const command = new CreateUserPoolClientCommand({
      ClientName: name,
      UserPoolId: poolOf(properties),
      ...properties,
    })
    const { UserPoolClient } = await servicesIn(region).cognito.send(command)
    return { id: UserPoolClient?.ClientId ?? '', attributes: { ClientSecret: UserPoolClient?.ClientSecret ?? '' } }
  },
  async update({ region, id, attributes, properties }) {
    const { GenerateSecret: _atCreation, ...settings } = properties as Properties & UpdateUserPoolClientCommandInput
    await servicesIn(region).cognito.send(new UpdateUserPoolClientCommand({ ...settings, ClientId: id }))
    return { id, attributes }
  },
  delete: ({ region, id, properties }) =>
    servicesIn(region).cognito.send(new DeleteUserPoolClientCommand({ ClientId: id, UserPoolId: poolOf(properties) })),
})

const poolOf = ({ UserPoolId }: Properties) => String(UserPoolId)
