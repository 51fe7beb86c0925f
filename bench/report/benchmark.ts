/** The options of a benchmark. */
export interface Settings {
  /** Fewer and shorter runs, for a first impression; published figures are measured without it. */
  quick: boolean
  /** Where our processes leave their CPU profiles, in the benchmarks that take any. */
  profileDirectory: string | undefined
  /** Where compiled code is cached between starts; `npm run` sets one. */
  compileCache: string | undefined
  /** Progress messages for the user. */
  say(message: string): void
}

/** One value a run; the rows show medians. */
interface Series {
  name: string
  values: readonly number[]
}

export interface Detail {
  what: string
  value: number
  unit: string
}

export interface Measured {
  unit: string
  ours: readonly number[]
  peer?: Series | { skipped: string }
  floor?: Series | { skipped: string }
  details?: readonly Detail[]
}

export interface Benchmark {
  name: string
  /** Rejects when the measured flow does not work: a figure of a broken flow is worse than none. */
  run(settings: Settings): Promise<Measured>
}

/** A row in the format for other programs. Ratios are ours divided by theirs. */
export interface Row {
  name: string
  unit: string
  ours: number
  peer: number | null
  peerName: string | null
  floor: number | null
  floorName: string | null
  ratioToPeer: number | null
  ratioToFloor: number | null
  /** The number of runs behind the medians. */
  runs: number
  details: readonly Detail[]
}
