// Makes an MSI the same at every build: package code and times of its summary
// information (MS-OLEPS; wixl writes a random code and the present) are replaced.
//
//   node scripts/msi-stamp.mjs FILE.msi PACKAGE-CODE UNIX-SECONDS
import { readFileSync, writeFileSync } from 'node:fs';

const [file, code, seconds] = process.argv.slice(2);
const msi = readFileSync(file);

// FMTID_SummaryInformation, MS-OLEPS 3.1.2: {F29F85E0-4FF9-1068-AB91-08002B27B3D9}
const format = Buffer.from('e0859ff2f94f6810ab9108002b27b3d9', 'hex');
const at = msi.indexOf(format);
if (at < 28 || msi.indexOf(format, at + 1) !== -1) throw new Error(`${file}: not one summary information`);
const stream = at - 28; // the header before the first FMTID
const section = stream + msi.readUInt32LE(at + 16);

// Times are 100 ns since 1601 (MS-DTYP 2.3.3); 11,644,473,600 s lie before 1970.
const fileTime = (BigInt(seconds) + 11644473600n) * 10000000n;
const uuid = Buffer.from(`{${code.toUpperCase()}}`, 'latin1');

let stamped = 0;
for (let i = 0; i < msi.readUInt32LE(section + 4); i++) {
  const id = msi.readUInt32LE(section + 8 + 8 * i);
  const value = section + msi.readUInt32LE(section + 12 + 8 * i);
  if (id === 9) { // PIDSI_REVNUMBER holds the package code
    if (msi.readUInt32LE(value) !== 30 || msi.readUInt32LE(value + 4) !== uuid.length + 1) throw new Error(`${file}: package code`);
    uuid.copy(msi, value + 8);
    stamped++;
  } else if (id === 12 || id === 13) { // created, last saved
    if (msi.readUInt32LE(value) !== 64) throw new Error(`${file}: time`);
    msi.writeBigUInt64LE(fileTime, value + 4);
    stamped++;
  }
}
if (stamped !== 3) throw new Error(`${file}: ${stamped} of 3 values found`);
writeFileSync(file, msi);
