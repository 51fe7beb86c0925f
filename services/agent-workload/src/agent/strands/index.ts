export { createModel } from './models/create-model.ts'
export { createStrandsLoop } from './strands-loop.ts'
