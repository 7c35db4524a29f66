/** The door of `base`: what every floor stands on. */

export * from './abort-callbacks.ts';
export * from './bytes.ts';
export * from './clock.ts';
export * from './csv-line.ts';
export * from './errors.ts';
export * from './reading-only.ts';
export * from './hashing.ts';
export * from './histogram.ts';
export * from './ids.ts';
export * from './kernel-layout.ts';
export * from './log-sink.ts';
export * from './inflate-context.ts';
export * from './machine-memory.ts';
export * from './plain-url.ts';
export * from './setting.ts';
export * from './setting-values.ts';
export * from './settings.ts';
export * from './processor-share.ts';
export * from './program-version.ts';
export * from './random.ts';
export * from './serial.ts';
export * from './turn.ts';
export * from './web-assembly.ts';
export * from './unzstd-context.ts';
export * from './zstd-context.ts';
