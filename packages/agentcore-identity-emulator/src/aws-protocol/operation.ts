import type { EmulatorState } from '../emulator-state.ts'
import type { Infer, StructureShape } from '../model/shapes.ts'

/** The action must be allowed on all of the resources. */
export type Permission = {
  action: string
  resources: readonly string[]
  conditionKeys?: Readonly<Record<string, string | readonly string[]>>
  /** The service's text before IAM's sentence in a denial. */
  denialPrefix?: string
}

type Behaviour<S> = {
  readonly input: S
  /** Not optional: an operation without it would be open to every principal. */
  permissions(input: Infer<S>, state: EmulatorState): readonly Permission[]
  run(input: Infer<S>, state: EmulatorState): object | Promise<object>
}

type Place = {
  readonly name: string
  readonly method: 'POST' | 'GET' | 'DELETE'
  readonly path: string
  readonly successStatus: 200 | 201 | 204
}

export type Operation<S extends StructureShape<object> = StructureShape<object>> = Place & Behaviour<S>

export type AnyOperation = Place & { readonly input: StructureShape<object> } & {
  permissions(input: never, state: EmulatorState): readonly Permission[]
  run(input: never, state: EmulatorState): object | Promise<object>
}

export function defineOperation<S extends StructureShape<object>>(
  definition: Pick<Place, 'name'> & Partial<Place> & Behaviour<S>,
): Operation<S> {
  return { method: 'POST', path: `/identities/${definition.name}`, successStatus: 200, ...definition }
}
