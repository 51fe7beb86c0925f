import { startEmulator } from 'agentcore-identity-emulator'
import { CREDENTIALS, createServices, type Services } from './services.ts'
import { type Moto, startMoto } from './start-moto.ts'
import { createHandledTypes } from './types/handled-types.ts'
import type { Properties, Resource, ResourceRequest } from './types/resource-type.ts'
import { resolveSecrets } from './types/secret.ts'

export interface HandledResource {
  region: string
  type: string
  id: string
  properties: Properties
}

/** One Region: moto, the emulator, and the resources created in them for CloudFormation. */
export interface Cloud {
  region: string
  moto: Moto
  services: Services
  agentcoreUrl: string
  handledTypes: ReturnType<typeof createHandledTypes>
  /** The resources of a handled type. */
  resources(type: string): readonly HandledResource[]
  /** Refuses to create or update resources of this type. @returns a function that ends the refusal */
  refuse(type: string, reason: string): () => void
  stop(): Promise<void>
}

export async function startCloud(region: string): Promise<Cloud> {
  const emulator = await startEmulator({
    region,
    credentials: [{ ...CREDENTIALS }],
  })
  let services: Services | undefined
  const servicesIn = () => {
    if (!services) throw new Error('moto does not run yet')
    return services
  }
  const handledTypes = createHandledTypes(servicesIn)
  const refused = new Map<string, string>()
  const resources = new Map<string, HandledResource>()

  async function handle(request: ResourceRequest): Promise<Resource> {
    const { type, region } = request
    const handled = typeOf(request)
    if (request.action === 'delete') {
      await deleteWhatIsThere(() => handled.delete?.(request))
      resources.delete(`${type} ${request.id}`)
      return { id: request.id, attributes: {} }
    }
    const reason = refused.get(type)
    if (reason !== undefined) throw new Error(reason)
    const properties = (await resolveSecrets(request.properties, servicesIn())) as Properties
    const { id, attributes } =
      request.action === 'create'
        ? await handled.create({ ...request, properties })
        : ((await handled.update?.({ ...request, properties })) ?? request)
    if (request.action === 'update') resources.delete(`${type} ${request.id}`)
    resources.set(`${type} ${id}`, { region, type, id, properties })
    return { id, attributes }
  }

  function typeOf({ type, properties }: ResourceRequest) {
    const names = [type, ...Object.keys(properties).map((name) => `${type}.${name}`)]
    const handled = names.map((name) => handledTypes[name]).find(Boolean)
    if (!handled) throw new Error(`Nothing handles ${type}`)
    return handled.type
  }

  const moto = await startMoto(Object.keys(handledTypes), handle)
  services = createServices(region, { moto: moto.url, agentcore: emulator.url })
  return {
    region,
    moto,
    services,
    agentcoreUrl: emulator.url,
    handledTypes,
    resources: (type) => [...resources.values()].filter((resource) => resource.type === type),
    refuse(type, reason) {
      refused.set(type, reason)
      return () => void refused.delete(type)
    },
    async stop() {
      for (const client of Object.values(servicesIn())) client.destroy()
      await moto.stop()
      await emulator.close()
    },
  }
}

/** moto deletes the resources of a stack in any order: perhaps a user pool before its clients. */
async function deleteWhatIsThere(deletion: () => Promise<unknown> | undefined): Promise<void> {
  try {
    await deletion()
  } catch (error) {
    if (!/NotFound/.test((error as Error).name)) throw error
  }
}
