import { brotliDecompressSync, constants, gunzipSync, inflateSync } from "node:zlib";

/** Longer answers are cut: a health page needs no more. */
export const maxAnswerBytes = 64 * 1024;
const maxOutputLength = 16 * maxAnswerBytes;

/**
 * The text of an answer's body, unpacked where the service packs it although nobody asked for that, without a byte order mark.
 *
 * @param encoding the header content-encoding
 * @returns empty where it can't be unpacked
 */
export function bodyText(parts: readonly Buffer[], encoding = ""): string {
  const packed = Buffer.concat(parts);
  try {
    return unpacked(packed, encoding.trim().toLowerCase())
      .toString()
      .replace(/^\uFEFF/, "");
  } catch {
    return "";
  }
}

/** One that was cut gives what is there of it. */
function unpacked(packed: Buffer, encoding: string): Buffer {
  switch (encoding) {
    case "gzip":
    case "x-gzip":
      return gunzipSync(packed, { maxOutputLength, finishFlush: constants.Z_SYNC_FLUSH });
    case "deflate":
      return inflateSync(packed, { maxOutputLength, finishFlush: constants.Z_SYNC_FLUSH });
    case "br":
      return brotliDecompressSync(packed, { maxOutputLength, finishFlush: constants.BROTLI_OPERATION_FLUSH });
    default:
      return packed;
  }
}
