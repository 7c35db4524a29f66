/** Number types of the kernels' language: AssemblyScript knows these words, TypeScript learns them here. */

/** A signed 32-bit integer. Kernels keep to values and operations that give the same as 64-bit floats. */
export type i32 = number;
export type f64 = number;
