/** The number type of the kernels' language: AssemblyScript knows this word, TypeScript learns it here. */

/** A signed 32-bit integer. */
export type i32 = number;
