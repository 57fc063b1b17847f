/** A sound of so many seconds, as a WAV file of 88 kB for each. */
export function tone(seconds) {
  const rate = 44_100;
  const size = seconds * rate * 2;
  const file = Buffer.alloc(44 + size);
  file.write("RIFF");
  file.writeUInt32LE(36 + size, 4);
  file.write("WAVEfmt ", 8);
  file.writeUInt32LE(16, 16);
  // Linear samples, one channel.
  file.writeUInt16LE(1, 20);
  file.writeUInt16LE(1, 22);
  file.writeUInt32LE(rate, 24);
  file.writeUInt32LE(rate * 2, 28);
  file.writeUInt16LE(2, 32);
  file.writeUInt16LE(16, 34);
  file.write("data", 36);
  file.writeUInt32LE(size, 40);
  for (let sample = 0; sample < seconds * rate; sample += 1) {
    file.writeInt16LE(Math.round(3000 * Math.sin((sample * 2 * Math.PI * 440) / rate)), 44 + 2 * sample);
  }
  return file;
}
