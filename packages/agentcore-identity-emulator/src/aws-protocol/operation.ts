import type { EmulatorState } from '../emulator-state.ts'
import type { Infer, StructureShape } from '../model/shapes.ts'

/** One action on every resource it needs, with the condition keys the service supplies. All must be allowed. */
export type Permission = {
  action: string
  resources: readonly string[]
  conditionKeys?: Readonly<Record<string, string | readonly string[]>>
  /** What the service says before IAM's own sentence. */
  denialPrefix?: string
}

type Behaviour<S> = {
  readonly input: S
  /** Not optional: an operation that forgot it would be open to every principal. */
  permissions(input: Infer<S>, state: EmulatorState): readonly Permission[]
  run(input: Infer<S>, state: EmulatorState): object | Promise<object>
}

type Place = {
  readonly name: string
  readonly method: 'POST' | 'GET' | 'DELETE'
  readonly path: string
  readonly successStatus: 200 | 201 | 204
}

/** An operation of AWS's API: where it is, what it takes (the model's shape), whom it lets in, what it does. */
export type Operation<S extends StructureShape<object> = StructureShape<object>> = Place & Behaviour<S>

/** An operation among others: the list that holds them all cannot know each one's shape. */
export type AnyOperation = Place & { readonly input: StructureShape<object> } & {
  permissions(input: never, state: EmulatorState): readonly Permission[]
  run(input: never, state: EmulatorState): object | Promise<object>
}

/** Most operations are `POST /identities/<name>` and answer 200. */
export function defineOperation<S extends StructureShape<object>>(
  definition: Pick<Place, 'name'> & Partial<Place> & Behaviour<S>,
): Operation<S> {
  return { method: 'POST', path: `/identities/${definition.name}`, successStatus: 200, ...definition }
}
