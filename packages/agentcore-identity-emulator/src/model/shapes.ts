export type StringShape = {
  readonly type: 'string'
  readonly min?: number
  readonly max?: number
  /** `matches` may avoid AWS's expression, which can take cubic time. */
  readonly pattern?: { readonly source: string; readonly matches: (value: string) => boolean }
}
export type EnumShape<V extends string = string> = { readonly type: 'enum'; readonly values: readonly V[] }
export type IntegerShape = { readonly type: 'integer'; readonly min: number; readonly max: number }
export type BooleanShape = { readonly type: 'boolean' }
export type ListShape<M = unknown> = {
  readonly type: 'list'
  readonly member: M
  readonly min?: number
  readonly max?: number
}
export type MapShape<V = unknown> = {
  readonly type: 'map'
  readonly key: StringShape
  readonly value: V
  readonly min?: number
  readonly max?: number
}
export type Members = { readonly [name: string]: Shape }
export type StructureShape<M = Members, R = string> = {
  readonly type: 'structure'
  readonly members: M
  readonly required: readonly R[]
}
export type UnionShape<M = Members> = { readonly type: 'union'; readonly members: M }
export type Shape =
  | StringShape
  | EnumShape
  | IntegerShape
  | BooleanShape
  | ListShape
  | MapShape
  | StructureShape
  | UnionShape

export type Infer<S> = S extends StringShape
  ? string
  : S extends EnumShape<infer V>
    ? V
    : S extends IntegerShape
      ? number
      : S extends BooleanShape
        ? boolean
        : S extends ListShape<infer M>
          ? Infer<M>[]
          : S extends MapShape<infer V>
            ? Record<string, Infer<V>>
            : S extends StructureShape<infer M, infer R>
              ? { [K in keyof M & R]: Infer<M[K]> } & { [K in Exclude<keyof M, R>]?: Infer<M[K]> }
              : S extends UnionShape<infer M>
                ? ExactlyOne<M>
                : never

type ExactlyOne<M> = {
  [K in keyof M]: { [P in K]: Infer<M[P]> } & { [P in Exclude<keyof M, K>]?: never }
}[keyof M]

/** The models' patterns have no anchors; the services match the whole value. */
const wholeValue = (source: string) => {
  const expression = new RegExp(`^(?:${source})$`, 'u')
  return { source, matches: (value: string) => expression.test(value) }
}

type Length = { min?: number; max?: number }

export const string = (constraints: Length & { pattern?: string } = {}): StringShape => {
  const { pattern, ...length } = constraints
  return { type: 'string', ...length, ...(pattern === undefined ? {} : { pattern: wholeValue(pattern) }) }
}
export const oneOf = <const V extends string>(...values: V[]): EnumShape<V> => ({ type: 'enum', values })
export const integer = (min: number, max: number): IntegerShape => ({ type: 'integer', min, max })
export const boolean: BooleanShape = { type: 'boolean' }
export const list = <M>(member: M, length: Length = {}): ListShape<M> => ({ type: 'list', member, ...length })
export const map = <V>(key: StringShape, value: V, length: Length = {}): MapShape<V> => ({
  type: 'map',
  key,
  value,
  ...length,
})
export const structure = <M extends Members, const R extends keyof M & string = never>(
  members: M,
  required: readonly R[] = [],
): StructureShape<M, R> => ({ type: 'structure', members, required })
export const union = <M extends Members>(members: M): UnionShape<M> => ({ type: 'union', members })
