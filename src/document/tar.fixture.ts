/** Makes tar archives as small as they can be: for tests. */

/** Type `0` is a file, `L` and `x` stand before one with a long name. */
export function makeTar(
  ...files: readonly (readonly [name: string, content: string | Uint8Array, type?: string])[]
): Buffer {
  const blocks = files.flatMap(([name, content, type = '0']) => {
    const bytes = Buffer.from(content as string);
    const header = Buffer.alloc(512);
    header.write(name, 0);
    header.write(bytes.length.toString(8).padStart(11, '0'), 124);
    header.write('        ', 148);
    header.write(type, 156);
    header.write('ustar\x0000', 257);
    const sum = header.reduce((total, byte) => total + byte, 0);
    header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
    return [header, bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512)];
  });
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}
