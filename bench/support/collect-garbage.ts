/** Load it with `--expose-gc --import`. */
process.on('SIGUSR2', () => globalThis.gc?.())
