/* Find the number behind a SHA-256: as a worker of our pages, and imported by forms on other sites.
   Written out, because browsers keep their own SHA-256 from pages without encryption, and because one call of it per
   number is slower than this loop. */
const K = new Uint32Array(64), START = new Uint32Array(8);
{
  let found = 0;
  for (let number = 2; found < 64; number++) {
    let prime = true;
    for (let divisor = 2; divisor * divisor <= number; divisor++) if (number % divisor === 0) { prime = false; break; }
    if (!prime) continue;
    if (found < 8) START[found] = (number ** 0.5 % 1) * 2 ** 32;
    K[found++] = (Math.cbrt(number) % 1) * 2 ** 32;
  }
}
const W = new Uint32Array(64);

/* Return the digest of a text of plain letters as hexadecimal digits. */
export function sha256(text) {
  const length = text.length, blocks = ((length + 8) >> 6) + 1, bytes = new Uint8Array(blocks * 64);
  for (let at = 0; at < length; at++) bytes[at] = text.charCodeAt(at);
  bytes[length] = 0x80;
  const view = new DataView(bytes.buffer), hash = START.slice();
  view.setUint32(bytes.length - 4, length * 8);
  for (let block = 0; block < blocks; block++) {
    for (let at = 0; at < 16; at++) W[at] = view.getUint32(block * 64 + at * 4);
    for (let at = 16; at < 64; at++) {
      const x = W[at - 15], y = W[at - 2];
      W[at] = W[at - 16] + W[at - 7] + ((x >>> 7 | x << 25) ^ (x >>> 18 | x << 14) ^ x >>> 3) + ((y >>> 17 | y << 15) ^ (y >>> 19 | y << 13) ^ y >>> 10);
    }
    let [a, b, c, d, e, f, g, h] = hash;
    for (let at = 0; at < 64; at++) {
      const one = h + ((e >>> 6 | e << 26) ^ (e >>> 11 | e << 21) ^ (e >>> 25 | e << 7)) + (e & f ^ ~e & g) + K[at] + W[at];
      const two = ((a >>> 2 | a << 30) ^ (a >>> 13 | a << 19) ^ (a >>> 22 | a << 10)) + (a & b ^ a & c ^ b & c);
      h = g; g = f; f = e; e = d + one | 0; d = c; c = b; b = a; a = one + two | 0;
    }
    hash[0] += a; hash[1] += b; hash[2] += c; hash[3] += d; hash[4] += e; hash[5] += f; hash[6] += g; hash[7] += h;
  }
  return Array.from(hash, (word) => word.toString(16).padStart(8, "0")).join("");
}

/* Return the solution as the server reads it, or an empty text. It makes way for the page every thousand numbers. */
export async function solve({ algorithm, challenge, salt, maxnumber, signature }) {
  for (let number = 0; number < maxnumber; number++) {
    if (sha256(salt + number) === challenge) return btoa(JSON.stringify({ algorithm, challenge, number, salt, signature }));
    if (number % 1000 === 999) await new Promise((go) => setTimeout(go));
  }
  return "";
}

if (typeof WorkerGlobalScope !== "undefined") self.onmessage = async ({ data }) => self.postMessage(await solve(data));
