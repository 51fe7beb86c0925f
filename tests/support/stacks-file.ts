/** Names the file that describes the running stacks. */
export const STACKS_FILE_VARIABLE = 'TEST_STACKS_FILE'
